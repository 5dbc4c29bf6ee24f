"""Vocabularies: the few values that a state, a kind or a result can have, each with its words.

class DutyState(Vocabulary):
    ON_DUTY = Word("on_duty", "在岗", "On duty", synonyms=("上班", "正常"))

A member is its code (what the database holds) and carries what is shown and what is read. Badges, filters, columns
of files and OpenAPI take all of it from here, so a value is written once.

Both languages stand in the declaration, like those of a column's header, and not in the catalogues: a file is read
in every language whatever the reader's is, by processes without a reader, and what a file means must not depend on
whether translations were compiled. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from django.utils.functional import lazy
from django.utils.translation import get_language


class Tone(StrEnum):
    """How a badge looks: colour and sign."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    RUNNING = "running"
    NEUTRAL = "neutral"


def is_chinese(language: str | None) -> bool:
    """Whether names are wanted in Chinese: yes, unless the language is another one."""
    return language is None or language.lower().startswith("zh")


@dataclass(frozen=True, slots=True)
class Word:
    """One value of a vocabulary: its code, what it is called, its tone, and what people write in files instead."""

    code: str
    zh: str
    en: str
    tone: Tone = Tone.NEUTRAL
    synonyms: tuple[str, ...] = ()


class Vocabulary(StrEnum):
    """An enum whose members are declared as `Word`s. Raises TypeError for one that is not."""

    zh: str
    en: str
    tone: Tone
    synonyms: tuple[str, ...]

    def __new__(cls, word: str | Word) -> Self:
        if not isinstance(word, Word):
            raise TypeError(f"{cls.__name__}: {word} is no Word")
        member = str.__new__(cls, word.code)
        member._value_ = word.code
        member.zh, member.en, member.tone, member.synonyms = word.zh, word.en, word.tone, word.synonyms
        return member

    def label_in(self, language: str | None) -> str:
        """The word in a language."""
        return self.zh if is_chinese(language) else self.en

    @property
    def label(self) -> str:
        """The word in the reader's language."""
        return self.label_in(get_language())

    @property
    def names(self) -> tuple[str, ...]:
        """Everything by which a file may call it."""
        return (self.value, self.zh, self.en, *self.synonyms)

    @classmethod
    def codes(cls) -> list[str]:
        """What the database may hold, for constraints."""
        return [member.value for member in cls]

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Code and word of each member for a form; the word is lazy and follows the reader."""
        return choices_of(cls)


def _label(member: Vocabulary) -> str:
    return member.label


_shown = lazy(_label, str)


def choices_of(members: Iterable[Vocabulary]) -> list[tuple[str, str]]:
    """Code and word of some members for a form; the word is lazy and follows the reader."""
    return [(member.value, _shown(member)) for member in members]
