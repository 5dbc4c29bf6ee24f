"""Reads of venues, narrowed to what the actor reaches."""
