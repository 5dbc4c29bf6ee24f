"""How a process loads the whole product."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Nothing that is loaded meanwhile is looked through for garbage, now or later: it stays until the process ends.

    Going through all of it again and again, and once more at the end, was a third of the time of a short command.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
