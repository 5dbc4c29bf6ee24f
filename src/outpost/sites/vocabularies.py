"""The words of the instrument for construction sites. Pure."""

from outpost.core.vocabulary import Vocabulary, Word


class Roll(Vocabulary):
    """人员类型: the two rolls of a site's register, counted apart."""

    WORKER = Word("worker", "作业人员", "Worker")
    MANAGEMENT = Word("management", "管理人员", "Site management")


DECLARED_WITHIN_DAYS = 14
"""A declaration that is older says nothing of somebody's journey any more."""
