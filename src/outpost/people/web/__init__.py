"""Doors of people: the real name and whom one acts for."""
