"""Vocabularies: each value once, with what is shown and what is read."""

import pytest
from django.utils.translation import override

from outpost.core.sheets.columns import Choice
from outpost.core.vocabulary import Tone, Vocabulary, Word

pytestmark = pytest.mark.rules


class Light(Vocabulary):
    GREEN = Word("green", "绿", "Green", Tone.GOOD, ("绿色",))
    DARK = Word("dark", "灭", "Dark")


def test_a_member_is_its_code() -> None:
    assert str(Light.GREEN) == "green"
    assert Light("dark") is Light.DARK
    assert Light.codes() == ["green", "dark"]
    assert (Light.GREEN.tone, Light.DARK.tone) == (Tone.GOOD, Tone.NEUTRAL)


def test_its_word_follows_the_reader() -> None:
    choices = Light.choices()
    for language, word in (("zh-hans", "绿"), ("en", "Green")):
        with override(language):
            assert Light.GREEN.label == word
            assert str(dict(choices)["green"]) == word


def test_files_may_call_it_by_every_name() -> None:
    assert Choice.all_of(Light) == (Choice("green", "绿", "Green", ("绿色",)), Choice("dark", "灭", "Dark"))
    assert Light.GREEN.names == ("green", "绿", "Green", "绿色")


def test_a_value_without_words_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="no Word"):

        class Half(Vocabulary):
            BARE = "bare"
