"""The ledgers as files: organisations and staff in; organisations, staff, who is due or missed, and statistics out."""
