"""Events: what happened, for the jobs that follow from it. `config.wiring` says which follow from which."""

from collections.abc import Mapping

from outpost.core.deferring import defer

_followers: dict[str, tuple[str, ...]] = {}


def register(followers: Mapping[str, tuple[str, ...]]) -> None:
    """Make known by event the names of the jobs that follow from it; a repetition changes nothing."""
    _followers.update(followers)


def announce(event: str, **payload: str) -> None:
    """Queue the jobs that follow from an event, in the transaction of the caller.

    `payload`: ids and states, the arguments of each job. Nothing is announced that nobody follows: what happened
    stands in the audit anyway. Raises KeyError for an event that the wiring does not name.
    """
    for job in _followers[event]:
        defer(job, **payload)
