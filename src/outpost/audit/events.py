"""Events: what happened, for the jobs that follow from it. A module says in `module.py` which of its jobs follow."""

from collections.abc import Iterable

from outpost.core.deferring import defer

_followers: dict[str, tuple[str, ...]] = {}


def follow(event: str, jobs: Iterable[str]) -> None:
    """Let jobs follow from an event, by their names; a repetition changes nothing."""
    _followers[event] = tuple(dict.fromkeys((*_followers.get(event, ()), *jobs)))


def announce(event: str, **payload: str) -> None:
    """Queue the jobs that follow from an event, in the transaction of the caller.

    `payload`: ids and states, the arguments of each job. Nothing is announced that nobody follows: what happened
    stands in the audit anyway. Raises KeyError for an event that the wiring does not name.
    """
    for job in _followers[event]:
        defer(job, **payload)
