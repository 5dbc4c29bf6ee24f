"""Signing in by identity document besides phone and code: which numbers go with a phone, said by the modules that know
(`signs_in` in a `module.py`). Here is no table of numbers, so nothing tells whether one is known."""

from collections.abc import Callable

Fits = Callable[[bytes, str], bool]
"""Whether the holder of the phone of this hash is on record with this number, as typed."""

_known: list[Fits] = []


def register(fits: Fits) -> None:
    """Make a record known; called by the wiring at start, a repetition changes nothing."""
    if fits not in _known:
        _known.append(fits)


def fits(phone_hash: bytes, number: str) -> bool:
    """Whether any record has this number with this phone. All are asked, whatever the first says."""
    answers = [known(phone_hash, number) for known in _known]
    return any(answers)
