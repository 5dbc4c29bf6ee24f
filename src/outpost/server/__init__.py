"""Runs the product: the embedded database, start-up checks, the process tree of `outpost up`, the job worker.

Owns: `EmbeddedPostgres`, the two database roles, the refusals at start-up, `outpost.server.worker`.
Does not own: settings (config), what the jobs do (the modules), what `init` writes (regions, access).

The supervisor must stay small and start fast: nothing that it imports may import Django.
"""
