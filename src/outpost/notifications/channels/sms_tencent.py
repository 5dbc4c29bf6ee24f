"""SMS by Tencent Cloud (SendSms, version 2021-01-11), signed with TC3-HMAC-SHA256. Rules:
cloud.tencent.com/document/api/382/52072 (signature), …/55981 (SendSms), …/59177 (codes)."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.utils.translation import gettext_lazy as _

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
from outpost.notifications.channels.sms_templates import TEMPLATES, approved
from outpost.notifications.recipients import Medium
from outpost.notifications.rules import Outcome

VERSION = "2021-01-11"
ALGORITHM = "TC3-HMAC-SHA256"
CONTENT_TYPE = "application/json; charset=utf-8"
BAD_NUMBER = frozenset(
    {"InvalidParameterValue.IncorrectPhoneNumber", "FailedOperation.PhoneNumberInBlacklist"}
)
OF_THE_MESSAGE = frozenset(
    {"InvalidParameterValue.ContentLengthLimit", "FailedOperation.ContainSensitiveWord"}
)
OF_THE_PHONE = (
    "LimitExceeded.PhoneNumber"  # …DailyLimit, …OneHourLimit, …ThirtySecondLimit, …SameContentDailyLimit
)


class TencentSms(Channel):
    """One SMS a call. The provider does not recognise repetitions; `SessionContext` only comes back."""

    kind = "sms_tencent"
    medium = Medium.SMS
    label = _("SMS by Tencent Cloud")
    per_minute = 3000
    is_idempotent = False
    fields = (
        Field("url", _("Address"), "url", default="https://sms.tencentcloudapi.com"),
        Field("region", _("Region"), default="ap-guangzhou"),
        Field("secret_id", "SecretId"),
        Field("secret_key", "SecretKey", is_secret=True),
        Field("app_id", "SmsSdkAppId", "number"),
        Field("sign_name", _("Approved signature")),
        TEMPLATES,
    )

    def send(self, letter: Letter, address: str, settings: Settings) -> Receipt:
        """Send the approved template that stands for this message."""
        template = approved(settings["templates"], letter)
        if template is None:
            return refused("no_template")
        body = orjson.dumps(
            {
                "PhoneNumberSet": [address if address.startswith("+") else f"+86{address}"],
                "SmsSdkAppId": settings["app_id"],
                "SignName": settings["sign_name"],
                "TemplateId": template.code,
                "TemplateParamSet": [value for _name, value in template.values],
                "SessionContext": str(letter.id),
            }
        )
        headers = {"content-type": CONTENT_TYPE, "host": urlsplit(settings["url"]).netloc}
        credentials = (settings["secret_id"], settings["secret_key"])
        headers |= {
            "Authorization": authorization("sms", headers, body, credentials, letter.sent_at),
            "X-TC-Action": "SendSms",
            "X-TC-Version": VERSION,
            "X-TC-Region": settings["region"],
            "X-TC-Timestamp": str(int(letter.sent_at.timestamp())),
        }
        return _receipt(json_of(settings.out.call("POST", settings["url"], headers=headers, body=body)))


def authorization(
    service: str, headers: Mapping[str, str], body: bytes, credentials: tuple[str, str], at: datetime
) -> str:
    """The Authorization header of a POST to "/", over all given headers (lower case)."""
    signed = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join(("POST", "/", "", lines, signed, hashlib.sha256(body).hexdigest()))
    day = f"{at.astimezone(UTC):%Y-%m-%d}"
    scope = f"{day}/{service}/tc3_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = f"{ALGORITHM}\n{int(at.timestamp())}\n{scope}\n{hashed}"
    secret_id, secret_key = credentials
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={signed}, Signature={signature}"


def _receipt(answer: Mapping[str, Any]) -> Receipt:
    response = answer.get("Response")
    if not isinstance(response, dict):
        return failed("odd_answer")
    error, statuses = response.get("Error"), response.get("SendStatusSet")
    if isinstance(error, dict):
        return failed(_word(error.get("Code")))
    if not isinstance(statuses, list) or len(statuses) != 1 or not isinstance(statuses[0], dict):
        return failed("odd_answer")
    code = statuses[0].get("Code")
    if code == "Ok":
        return Receipt(Outcome.SENT, peer_id=str(statuses[0].get("SerialNo") or ""))
    if code in BAD_NUMBER:
        return refused("address_unknown")
    if code in OF_THE_MESSAGE:
        return refused(_word(code))
    return failed(_word(code), is_channel_fault=not str(code).startswith(OF_THE_PHONE))


def _word(code: object) -> str:
    """The provider's code for the log, when it looks like one."""
    text = str(code)
    plain = text.replace(".", "")
    return f"tencent_{text}" if plain.isascii() and plain.isalnum() and len(text) < 80 else "odd_answer"
