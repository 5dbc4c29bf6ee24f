"""What of a name is the surname. Pure."""

import re

from outpost.people.rules import HAN

_COMPOUND = frozenset(
    [
        *("欧阳", "司马", "上官", "诸葛", "司徒", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "尉迟"),
        *("皇甫", "公孙", "慕容", "令狐", "宇文", "长孙", "司空", "鲜于", "闾丘", "公冶", "淳于", "单于"),
        *("太史", "申屠", "轩辕", "呼延", "端木", "百里", "东郭", "南门", "澹台", "赫连", "拓跋", "钟离"),
        *("濮阳", "第五", "仲孙", "梁丘", "公羊", "谷梁", "歐陽", "司馬", "諸葛", "東方", "獨孤", "南宮"),
        *("聞人", "尉遲", "公孫", "長孫", "鮮于", "鍾離", "濮陽"),
    ]
)
_AFTER_FIRST = re.compile(r"[ ·].*")


def surname_of(name: str) -> str:
    """The surname of a normalised name: 欧阳锋 → 欧阳, 张三 → 张, "SMITH JOHN" → SMITH, 阿卜杜拉·买买提 → 阿卜杜拉.

    Passports and permits write the surname first, so the first word of a name in letters counts as it. Who bears two
    characters in all bears a surname of one: 欧阳 alone is 欧.
    """
    first = _AFTER_FIRST.sub("", name)
    if first != name or not HAN.match(name):
        return first
    return name[:2] if len(name) > 2 and name[:2] in _COMPOUND else name[0]
