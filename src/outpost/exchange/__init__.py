"""Files in and out as tracked tasks: staged imports, exports that expire.

Owns: `Import`, `Export`, the schema `staging`. Does not own: what a file means; each module declares
its kinds (columns, parsing, merge targets) in its `sheets.py`, listed in `config.wiring`.
"""
