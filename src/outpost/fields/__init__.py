"""Extra fields: what an official adds to a ledger as data, and what it is in forms, lists, filters, files, histories.

Owns: what a field is (`FieldSpec`), how its values are read, kept and shown, how a field is defined and changed.
Does not own: a table. Whoever has ledgers keeps the definitions (`models.ExtraField`) and says whose they are.
Public: `specs`, `models`, `forms`, `pages`, `sheets`.
"""
