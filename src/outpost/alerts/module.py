"""The manifest of alerts: what instruments tell and follow up lies in tables and messages of their own."""

from outpost.core.modules import Module

MODULE = Module(name="alerts")
