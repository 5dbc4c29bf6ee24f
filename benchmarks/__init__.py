"""Measurements B1, B2 …: the product beside what a user would pick instead and the limit, in one run.

A benchmark is a module `b<number>_<name>.py` with `run(*, full: bool) -> Iterable[Result]`. It runs in a process of
its own and is imported after Django is set up on an empty, migrated database.
"""
