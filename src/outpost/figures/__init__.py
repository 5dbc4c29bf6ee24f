"""Counted tables that open their lists: figures declared once; page, picture, file and call follow.

Owns the declaration of a figure, the row of a group, the total, the page and the file of such a table. What is
counted, over which ledger and in whose reach, is the instrument's.
Public: `declared`, `tables`, `lists`, `sheets`, `forms`, `api`.
"""
