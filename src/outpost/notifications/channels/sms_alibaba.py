"""SMS by Alibaba Cloud (SendSms, version 2017-05-25), signed with ACS3-HMAC-SHA256. Rules:
help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature and …/document_detail/55284.html."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC
from urllib.parse import quote, urlsplit

import orjson
from django.utils.translation import gettext_lazy as _

from outpost.core.ids import new_id
from outpost.notifications.channels.base import (
    Channel,
    Field,
    Letter,
    Receipt,
    Settings,
    failed,
    json_of,
    refused,
)
from outpost.notifications.channels.sms_templates import TEMPLATES, Approved, approved
from outpost.notifications.recipients import Medium
from outpost.notifications.rules import Outcome

VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
BAD_NUMBER = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT"})
OF_THE_MESSAGE = frozenset({"isv.PARAM_LENGTH_LIMIT", "isv.SMS_CONTENT_ILLEGAL", "isv.PARAM_NOT_SUPPORT_URL"})
OF_THE_PHONE = frozenset({"isv.BUSINESS_LIMIT_CONTROL"})  # so many a minute, hour and day to one phone


class AlibabaSms(Channel):
    """One SMS a call. The provider does not recognise repetitions; `OutId` only comes back in its reports."""

    kind = "sms_alibaba"
    medium = Medium.SMS
    label = _("SMS by Alibaba Cloud")
    per_minute = 3000
    is_idempotent = False
    fields = (
        Field("url", _("Address"), "url", default="https://dysmsapi.aliyuncs.com"),
        Field("key_id", _("AccessKey ID")),
        Field("key_secret", _("AccessKey secret"), is_secret=True),
        Field("sign_name", _("Approved signature")),
        TEMPLATES,
    )

    def send(self, letter: Letter, address: str, settings: Settings) -> Receipt:
        """Send the approved template that stands for this message."""
        template = approved(settings["templates"], letter)
        if template is None:
            return refused("no_template")
        query = canonical_query(_parameters(letter, address, settings, template))
        host = urlsplit(settings["url"]).netloc
        headers = {
            "host": host,
            "x-acs-action": "SendSms",
            "x-acs-version": VERSION,
            "x-acs-date": f"{letter.sent_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": new_id().hex,
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }
        credentials = (settings["key_id"], settings["key_secret"])
        headers["Authorization"] = authorization("POST", query, headers, b"", credentials)
        url = f"{settings['url'].rstrip('/')}/?{query}"
        return _receipt(json_of(settings.out.call("POST", url, headers=headers)))


def _parameters(letter: Letter, address: str, settings: Settings, template: Approved) -> dict[str, str]:
    return {
        "PhoneNumbers": address.removeprefix("+"),
        "SignName": settings["sign_name"],
        "TemplateCode": template.code,
        "TemplateParam": orjson.dumps(dict(template.values)).decode(),
        "OutId": str(letter.id),
    }


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Sorted and percent-encoded as RFC 3986 says: this very text is signed and sent."""
    return "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(parameters.items())
    )


def authorization(
    method: str, query: str, headers: Mapping[str, str], body: bytes, credentials: tuple[str, str]
) -> str:
    """The Authorization header over all given headers (lower case), path "/" and the canonical query."""
    signed = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join((method, "/", query, lines, signed, hashlib.sha256(body).hexdigest()))
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key_id, secret = credentials
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={signed},Signature={signature}"


def _receipt(answer: Mapping[str, object]) -> Receipt:
    code = str(answer.get("Code", ""))
    if code == "OK":
        return Receipt(Outcome.SENT, peer_id=str(answer.get("BizId") or ""))
    if code in BAD_NUMBER:
        return refused("address_unknown")
    if code in OF_THE_MESSAGE:
        return refused(_word(code))
    return failed(_word(code), is_channel_fault=code not in OF_THE_PHONE)


def _word(code: str) -> str:
    """The provider's code for the log, when it looks like one."""
    plain = code.replace(".", "").replace("_", "")
    return f"alibaba_{code}" if plain.isascii() and plain.isalnum() and len(code) < 80 else "odd_answer"
