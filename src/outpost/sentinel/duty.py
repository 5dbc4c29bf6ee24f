"""Duty 在岗状态: the words of the spells 轮休, 离岗, 放假; outside them a person is on duty. Pure."""

from outpost.core.vocabulary import Vocabulary, Word


class DutyState(Vocabulary):
    """Whether somebody is at the post; the value stands in the database."""

    ON_DUTY = Word("on_duty", "在岗", "On duty", synonyms=("上班", "正常"))
    RESTING = Word("resting", "轮休", "Resting", synonyms=("休息", "休假"))
    OFF_POST = Word("off_post", "离岗", "Off post", synonyms=("停岗",))
    HOLIDAY = Word("holiday", "放假", "Holiday")


ABSENCES = [word.value for word in DutyState if word is not DutyState.ON_DUTY]
