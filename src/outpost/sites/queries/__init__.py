"""Reads of construction sites, narrowed to what the actor reaches."""
