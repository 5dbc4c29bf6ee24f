"""How addresses of deliveries are shown."""


def mask_email(address: str) -> str:
    """li.si@example.gov.cn → l***@example.gov.cn."""
    name, _at, host = address.rpartition("@")
    return f"{name[:1]}***@{host}" if name else "***"


def mask_wecom(member: str) -> str:
    """A member's id with its first letter only: many organisations make it of the name."""
    return f"{member[:1]}***" if member else ""
