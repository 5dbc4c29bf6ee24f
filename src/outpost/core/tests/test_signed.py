"""Signed texts: what was signed is read, and nothing that is damaged, of another kind or of another installation."""

from outpost.core.crypto import KeyRing
from outpost.core.signed import content_of, signed

KEYS, CONTENT = KeyRing.generate(), bytes(range(16))
TEXT = signed(KEYS, "venue", CONTENT)


def test_what_was_signed_is_read_in_any_case() -> None:
    assert content_of(KEYS, "venue", TEXT) == content_of(KEYS, "venue", TEXT.lower()) == CONTENT


def test_another_kind_or_installation_vouches_for_nothing() -> None:
    assert content_of(KEYS, "person", TEXT) is None
    assert content_of(KeyRing.generate(), "venue", TEXT) is None


def test_one_wrong_letter_damages_it() -> None:
    for place, letter in enumerate(TEXT[:-1]):  # the last one has bits to spare
        wrong = TEXT[:place] + ("B" if letter == "A" else "A") + TEXT[place + 1 :]
        assert content_of(KEYS, "venue", wrong) is None, place


def test_what_is_cut_off_or_no_such_text_is_none() -> None:
    for text in ("", "A", "场所", TEXT[:-1], TEXT[:20], TEXT + "A", " " + TEXT):
        assert content_of(KEYS, "venue", text) is None, text
