"""When acting for somebody else ends. Pure."""

from datetime import date

OF_AGE = 16
"""Years: from that birthday on a child speaks for itself."""


def has_ended(born: date | None, confirmed_on: date, today: date) -> bool:
    """Whether acting for a child has ended."""
    ends_on = last_until(born, confirmed_on)
    return ends_on is not None and ends_on <= today


def last_until(born: date | None, confirmed_on: date) -> date | None:
    """The birthday with whose beginning acting for a child ends; who was of age when it was confirmed is no child."""
    of_age = _of_age_on(born) if born else None
    return of_age if of_age and confirmed_on < of_age else None


def _of_age_on(born: date) -> date:
    """The birthday; 1 March for who was born on 29 February."""
    try:
        return born.replace(year=born.year + OF_AGE)
    except ValueError:
        return date(born.year + OF_AGE, 3, 1)
