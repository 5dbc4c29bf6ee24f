"""When acting for somebody else ends. Pure."""

from datetime import date

OF_AGE = 16
"""Years: from that birthday on a child speaks for itself."""


def has_ended(born: date | None, confirmed_on: date, today: date) -> bool:
    """Whether acting for a child has ended, on its birthday; who was of age when it was confirmed is no child."""
    if born is None:
        return False
    of_age = _of_age_on(born)
    return confirmed_on < of_age <= today


def _of_age_on(born: date) -> date:
    """The birthday; 1 March for who was born on 29 February."""
    try:
        return born.replace(year=born.year + OF_AGE)
    except ValueError:
        return date(born.year + OF_AGE, 3, 1)
