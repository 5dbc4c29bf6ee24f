"""Who keeps something of people's facts beside the facts, told in the transaction that changes them.

Health knows nobody above it: `config.wiring` hands the followers in. A follower gets an SQL query of person ids,
repeated ones too, once the facts and the latest samples are as they will be committed.
"""

from collections.abc import Callable

Follower = Callable[[str], None]

_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Have it told; a repetition changes nothing."""
    if follower not in _followers:
        _followers.append(follower)


def tell(people: str) -> None:
    """Tell all followers whose facts have changed. `people`: SQL that gives `person_id`."""
    for follower in _followers:
        follower(people)
