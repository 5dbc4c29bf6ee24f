"""Identity: who a person is, sealed; the pseudonym by which every other table knows them.

Owns: `Person`. Does not own: phones and addresses (each record keeps its own), health facts.
Public: `rules` (documents, names, purposes), `seals` (sealed forms for bulk), `queries` (find, masked),
`services` (register, reveal), `rotation` (sealing key), `labels`.
"""
