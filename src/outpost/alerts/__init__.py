"""Alerts 告警: who is told once a day, and what is done about those that were found.

Owns the round of a day, who can be told and by which media, the signed part of an address, and the states of a
follow-up. What is counted, found and written, and in whose reach, is the instrument's, as are the tables. Public:
`rounds`, `recipients`, `links`, `follow_ups`.
"""
