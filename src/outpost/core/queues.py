"""The queues of jobs, and what is called by which words that the product does by itself.

Each queue has places of its own in the worker (`server.worker`), so that nothing long stands before what somebody waits
for at a counter.
"""

from collections.abc import Mapping

from django.utils.functional import Promise

DEFAULT = "default"  # procrastinate's own word
URGENT = "urgent"
"""Passcodes, tests of channels, and the short jobs that keep both queues going."""

QUEUES = (DEFAULT, URGENT)

_words: dict[str, str | Promise] = {}


def call(words: Mapping[str, str | Promise]) -> None:
    """Say what jobs, the product's own actors and purposes are called (`config.wiring`): name → words."""
    _words.update(words)


def called(name: str) -> str:
    """What a job, an actor or a purpose of the product is called; the name itself where nobody said (typed in words, or
    of an older version)."""
    return str(_words.get(name, name))
