"""Short texts among packed bytes: a byte that says how many, then UTF-8. Pure."""


def short(text: str, most: int) -> bytes:
    """A text behind its length; as many whole letters as fit into so many bytes (255 at most)."""
    blob = text.encode()[:most].decode(errors="ignore").encode()
    return bytes([len(blob)]) + blob


def cut(blob: bytes) -> tuple[str | None, bytes]:
    """A text behind its length, and the rest; None where it is cut short or no UTF-8."""
    length = blob[0] if blob else 0
    if len(blob) < 1 + length:
        return None, b""
    try:
        return blob[1 : 1 + length].decode(), blob[1 + length :]
    except UnicodeDecodeError:
        return None, b""
