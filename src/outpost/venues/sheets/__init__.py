"""Files of venues, in and out."""
