"""Pages of the construction sites."""
