"""Tables in and out: Excel and CSV files that strangers send, and those that we hand out.

`columns` holds the one definition of a table; `reading`, `writing`, `template` and `failures` all follow it.
This file imports nothing: the reading child starts through it and must start fast.
"""
