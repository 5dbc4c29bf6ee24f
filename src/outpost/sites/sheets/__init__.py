"""Files of construction sites, in and out."""
