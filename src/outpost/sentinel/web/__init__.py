"""Doors of the sentinel pages: each asks a query or calls one service."""
