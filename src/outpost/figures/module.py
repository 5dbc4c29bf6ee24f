"""The manifest of figures: templates and translations alone."""

from outpost.core.modules import Module

MODULE = Module(name="figures")
