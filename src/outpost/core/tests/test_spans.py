"""Spans of time in words, so that nobody has to divide 1,436 minutes by 60."""

from datetime import timedelta

import pytest
from django.utils import translation

from outpost.core.spans import in_words


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "1 second", "1 秒"),
        (59.5, "1 minute", "1 分钟"),
        (61, "2 minutes", "2 分钟"),
        (119 * 60, "119 minutes", "119 分钟"),
        (119 * 60 + 1, "2 hours", "2 小时"),
        (1436 * 60, "24 hours", "24 小时"),
    ],
)
def test_in_words(seconds: float, english: str, chinese: str) -> None:
    for language, text in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            assert in_words(timedelta(seconds=seconds)) == text
