"""What is decided about construction sites. Pure."""
