"""Doors of the pages of health: each asks a query or calls one service."""
