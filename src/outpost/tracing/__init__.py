"""Tracing 流调: who was where a case was, at the same time.

Owns: the register of cases, what counts as a meeting, the search within a case, its rights and its record. Does not
own: check-ins (`venues`), results (`health`), who a person is (`people`). It stands above the instruments, for it reads
all of them.
Public: `rules`, `cases`, `services`, `queries`.
"""
