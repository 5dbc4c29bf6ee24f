"""Construction sites 工地: which contracts are built under, by whom, and who works there.

Owns: projects, contracts, employers, pre-registrations, who comes along with them.
Does not own: who a person is (`people`), declarations, dispositions and daily health (`health`).
Public: `queries`, `services`.
"""
