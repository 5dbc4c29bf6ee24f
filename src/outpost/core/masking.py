"""How people are shown when their identity is not revealed. Pure."""

import re

_ADDRESS_HEAD = 6
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")

# A run counts when it does not continue on either side: part of a longer number is no phone.
_DOCUMENT = (
    r"(?<!\d)\d{6}[\s-]?(?:19|20)\d{2}[\s-]?\d{4}[\s-]?\d{3}[\dXxＸｘ](?!\d)|(?<!\d)\d{14,18}[\dXxＸｘ](?!\d)"
)
_PERMIT = r"(?<![0-9A-Za-z])[A-Z]{1,2}\d{7,10}(?![0-9A-Za-z])"
# "-[a-f]" before it: the last group of a UUID, which stays readable.
_PHONE = r"(?<!\d)(?<!-[a-f])(?:(?:\+?86|0086)[\s-]?)?[1１][3-9３-９]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)"
_PERSONAL = re.compile(f"(?P<document>{_DOCUMENT})|(?P<permit>{_PERMIT})|(?P<phone>{_PHONE})")
_DIGITS = re.compile(r"[\dXxＸｘ]")


def mask_name(name: str) -> str:
    """张三 → 张*, 欧阳锋 → 欧**, "John Smith" → J***; a name of one character is hidden whole."""
    name = name.strip()
    if len(name) < 2:
        return "*" * len(name)
    if _HAN.match(name):
        return name[0] + "*" * (len(name) - 1)
    return name[0] + "***"


def mask_document(number: str) -> str:
    """4401**********1234 for 18 characters; other documents keep two characters at each end."""
    if len(number) == 18:
        return _keep(number, 4, 4)
    return _keep(number, 2, 2)


def mask_phone(phone: str) -> str:
    """138****5678; a shorter number keeps two digits at each end."""
    if len(phone) >= 11:
        return _keep(phone, 3, 4)
    return _keep(phone, 2, 2)


def mask_address(address: str) -> str:
    """The first six characters (never more than half of the address), then three stars."""
    address = address.strip()
    return address[: min(_ADDRESS_HEAD, len(address) // 2)] + "***" if address else ""


def scrub(text: str) -> str:
    """Mask whatever looks like a document number or a phone in free text, full-width digits as well.

    For log lines: it rather masks one number too many.
    """
    return _PERSONAL.sub(_mask_run, text)


def _mask_run(match: re.Match[str]) -> str:
    if match["permit"]:
        return mask_document(match["permit"])
    if match["document"]:
        return mask_document("".join(_DIGITS.findall(match["document"])))
    return mask_phone("".join(_DIGITS.findall(match["phone"]))[-11:])


def _keep(text: str, head: int, tail: int) -> str:
    """`text` with its middle hidden; hidden whole when less than a third of it would be."""
    hidden = len(text) - head - tail
    if hidden < head:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[-tail:]
