"""The words of the instrument for construction sites. Pure."""

from outpost.core.vocabulary import Tone, Vocabulary, Word


class Roll(Vocabulary):
    """人员类型: the two rolls of a site's register, counted apart."""

    WORKER = Word("worker", "作业人员", "Worker")
    MANAGEMENT = Word("management", "管理人员", "Site management")


class Relation(Vocabulary):
    """与登记人关系: how somebody who comes along is related to who is registered; the value stands in the database."""

    SPOUSE = Word("spouse", "配偶", "Spouse")
    CHILD = Word("child", "子女", "Child")
    PARENT = Word("parent", "父母", "Parent")
    SIBLING = Word("sibling", "兄弟姐妹", "Brother or sister")
    OTHER = Word("other", "其他亲属", "Other relative")


class Checked(Vocabulary):
    """How it was made sure who goes in, the surest first; the value stands in the database."""

    DOCUMENT = Word("document", "核验证件", "Document read")
    CODE = Word("code", "扫描本人码", "Own code scanned")
    WORD = Word("word", "现场人员确认", "Word of the site")


class Way(Vocabulary):
    """进出: which way somebody passed; the value stands in the database."""

    IN = Word("in", "进场", "Enter", synonyms=("进",))
    OUT = Word("out", "退场", "Leave", synonyms=("出", "离场"))


class Act(Vocabulary):
    """What was done at the gate; a reading is of somebody who stays where they are."""

    ENTER = Word("enter", "进场", "Entered")
    LEAVE = Word("leave", "退场", "Left")
    READING = Word("reading", "测温，未放行", "Temperature taken, not let in")


class Presence(Vocabulary):
    """Where somebody who is registered is now."""

    INSIDE = Word("inside", "在场", "On site", Tone.GOOD)
    LEFT = Word("left", "已退场", "Left")
    NEVER = Word("never", "未进场", "Not entered yet")


class Verification(Vocabulary):
    """Whether somebody's declaration has still to be looked up."""

    WAITING = Word("waiting", "待核验", "To be verified", Tone.WARNING)


class Figure(Vocabulary):
    """A number of the headline of 监督查询, whose list are the contracts that are counted in it."""

    EMPLOYERS = Word("employers", "用人单位", "Employers")
    REGISTERED = Word("registered", "预登记人", "Pre-registered")
    AGREED = Word("agreed", "合同用工人数", "Workers by the contracts")
    UNREGISTERED = Word("unregistered", "未登记人数", "Not registered of them")
    NOT_STATED = Word("not_stated", "未注明用工人数的合同", "Contracts that state no workers")
    ON_SITE = Word("on_site", "在场人数", "On site")
    UNREPORTED = Word("unreported", "今日未报", "Not reported today")
    ADDRESSES = Word("addresses", "住址待核实", "Addresses to clear up")


ENTERED = "entered"
INFERRED = "inferred"
"""Whom nobody saw leave: they entered another site, and have not been here since."""
"""Who was ever on site, is there or has left: the list behind a figure, no state of anybody."""
DECLARED_WITHIN_DAYS = 14
"""A declaration that is older says nothing of somebody's journey any more."""
