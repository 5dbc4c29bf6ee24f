"""Outpost 哨点: the system that a district, a city or a province runs an outbreak with."""

__version__ = "0.1.0"
