"""Tests of what the walk through the world found (`crawl`): it is made once, in the worker that has this folder."""
