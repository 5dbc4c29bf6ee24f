"""Desks: phones, tablets and PCs that are enrolled for one place and state what happens there, signed and sealed.

Owns: devices, pairing codes, the PINs of who works at a place, entries with what became of each, the gate app's files.
Does not own: what a place is, who works there, what an entry means (`places`: a module declares how it takes part).
Public: `places`, `services`, `queries`, `rules`.
"""
