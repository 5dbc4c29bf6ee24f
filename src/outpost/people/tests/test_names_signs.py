"""Signs that stand in no name."""

import pytest

from outpost.core.errors import Refusal
from outpost.people.rules import normalise_name


@pytest.mark.rules
@pytest.mark.parametrize("name", ["许😀", "张\x07三", "李☎", "①"])
def test_emoji_and_control_characters_are_no_name(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        normalise_name(name)
    assert refusal.value.code == "people.name_characters"


@pytest.mark.rules
@pytest.mark.parametrize("name", ["㛃䶮", "𠮷野", "阿卜杜拉·买买提", "O'Neil-Smith Jr."])
def test_rare_characters_and_marks_are_kept(name: str) -> None:
    assert normalise_name(name).endswith(name[-1])


@pytest.mark.rules
@pytest.mark.parametrize("name", ["张\ue863", "王?", "锟斤拷"])
def test_characters_that_were_lost_on_the_way_are_no_name(name: str) -> None:
    with pytest.raises(Refusal) as refusal:
        normalise_name(name)
    assert refusal.value.code == "people.name_lost"
