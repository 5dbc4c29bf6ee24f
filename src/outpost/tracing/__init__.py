"""Tracing 流调: who was where a case was, at the same time.

Owns: what counts as a meeting, the search for them, its right and its record. Does not own: visits (`venues`), who a
person is (`people`). It stands above the instruments, for it reads all of them.
Public: `rules`, `services`.
"""
