"""Each channel speaks its peer's language: what is sent, and what every answer means."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.policy import default
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from outpost.core.outgoing import NoAnswerError
from outpost.core.signed_calls import is_genuine
from outpost.core.tests.peers import Peer, Seen, answer, http_peer, in_turn
from outpost.notifications.channels import KINDS
from outpost.notifications.channels.base import Channel, PeerFailedError, Receipt
from outpost.notifications.channels.mail import Mail
from outpost.notifications.channels.robot import Robot
from outpost.notifications.channels.sms_alibaba import AlibabaSms, canonical_query
from outpost.notifications.channels.sms_alibaba import authorization as acs3
from outpost.notifications.channels.sms_http import HttpSms
from outpost.notifications.channels.sms_tencent import TencentSms
from outpost.notifications.channels.sms_tencent import authorization as tc3
from outpost.notifications.channels.webhook import Webhook
from outpost.notifications.channels.wecom import WeCom
from outpost.notifications.rules import Outcome
from outpost.notifications.tests.support import SECRET, letter, mail_peer, settings
from outpost.testing.cast import NOON

pytestmark = pytest.mark.rules

PHONE = "13800138001"
OK, NO = Outcome.SENT, Outcome.REFUSED


def said(**content: object) -> bytes:
    return orjson.dumps(content)


def sent_by(channel: Channel, peer: Peer, values: Mapping[str, str], address: str = "") -> Receipt:
    return channel.send(letter(), address, settings(values, peer.listed))


def body_of(seen: Seen) -> dict[str, object]:
    found = orjson.loads(seen.body)
    assert isinstance(found, dict)
    return found


# WeCom application

TOKEN = answer(body=said(errcode=0, errmsg="ok", access_token="t/1", expires_in=7200))
TAKEN = answer(body=said(errcode=0, errmsg="ok", msgid="m1"))


def wecom_values(peer: Peer) -> dict[str, str]:
    return {"base_url": f"{peer.url}/", "corp_id": "ww1", "agent_id": "1000002", "secret": "s&1"}


def test_wecom_sends_a_card_with_a_kept_token() -> None:
    channel = WeCom()
    with http_peer(in_turn(TOKEN, TAKEN)) as peer:
        receipts = [sent_by(channel, peer, wecom_values(peer), "LiSi") for _ in range(2)]
    assert receipts == [Receipt(OK, peer_id="m1")] * 2
    token, first, second = peer.seen
    assert (token.method, token.path) == ("GET", "/cgi-bin/gettoken?corpid=ww1&corpsecret=s%261")
    assert (first.method, first.path) == ("POST", "/cgi-bin/message/send?access_token=t%2F1")
    assert body_of(first) == {
        "touser": "LiSi",
        "msgtype": "textcard",
        "agentid": 1000002,
        "textcard": {
            "title": "Hello",
            "description": '<div class="gray">2022-06-08 12:00:00</div><div>3 of &quot;7&quot;\n100%</div>',
            "url": "https://outpost.test/x?on=2022-06-08",
        },
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 14400,
    }
    assert first.body == second.body, (
        "a repetition is the same to the last byte, or the peer would not know it"
    )


@pytest.mark.parametrize("code", [40014, 42001])
def test_wecom_renews_an_ended_token_once(code: int) -> None:
    renewed = answer(body=said(errcode=0, access_token="t2", expires_in=7200))
    ended = answer(body=said(errcode=code, errmsg="no"))
    with http_peer(in_turn(TOKEN, ended, renewed, TAKEN)) as peer:
        assert sent_by(WeCom(), peer, wecom_values(peer), "LiSi").outcome is OK
        assert peer.seen[-1].path.endswith("access_token=t2")
    with http_peer(in_turn(TOKEN, ended, renewed, ended)) as peer:
        receipt = sent_by(WeCom(), peer, wecom_values(peer), "LiSi")
        assert receipt == Receipt(Outcome.FAILED, f"wecom_{code}", is_channel_fault=True)
        assert len(peer.seen) == 4


def test_wecom_asks_for_a_token_shortly_before_the_old_one_ends() -> None:
    channel = WeCom()
    with http_peer(in_turn(TOKEN, TAKEN, TAKEN, TOKEN, TAKEN)) as peer:
        for minutes in (0, 114, 116):
            at = NOON + timedelta(minutes=minutes)
            way = settings(wecom_values(peer), peer.listed)
            assert channel.send(letter(sent_at=at), "LiSi", way).outcome is OK
        assert [seen.method for seen in peer.seen] == ["GET", "POST", "POST", "GET", "POST"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"errcode": 0, "invaliduser": "lisi|other"}, Receipt(NO, "address_unknown")),
        ({"errcode": 0, "unlicenseduser": "lisi"}, Receipt(NO, "address_unknown")),
        ({"errcode": 0, "invaliduser": "lisi2"}, Receipt(OK)),
        ({"errcode": 81013}, Receipt(NO, "address_unknown")),
        ({"errcode": 45002}, Receipt(NO, "wecom_45002")),
        ({"errcode": -1}, Receipt(Outcome.FAILED, "wecom_-1", is_channel_fault=True)),
        ({"errcode": 45009}, Receipt(Outcome.FAILED, "wecom_45009", is_channel_fault=True)),
        ({"errcode": "x 13800138001"}, Receipt(Outcome.FAILED, "wecom_odd_answer", is_channel_fault=True)),
    ],
)
def test_wecom_answers(content: dict[str, object], expected: Receipt) -> None:
    with http_peer(in_turn(TOKEN, answer(body=said(**content)))) as peer:
        assert sent_by(WeCom(), peer, wecom_values(peer), "LiSi") == expected


def test_wecom_without_token_has_certainly_not_sent() -> None:
    for behave in (answer(body=b"<html>"), answer(body=said(errcode=40001)), answer(500), answer(504)):
        with http_peer(behave) as peer, pytest.raises(PeerFailedError):
            sent_by(WeCom(), peer, wecom_values(peer), "LiSi")


def test_wecom_without_a_site_address_sends_text() -> None:
    with http_peer(in_turn(TOKEN, TAKEN)) as peer:
        WeCom().send(letter(url=""), "LiSi", settings(wecom_values(peer), peer.listed))
        body = body_of(peer.seen[-1])
    assert body["msgtype"] == "text"
    assert body["text"] == {"content": 'Hello\n3 of "7"\n100%\n2022-06-08 12:00:00'}


# WeCom robot


def test_robot_posts_markdown() -> None:
    with http_peer(answer(body=said(errcode=0))) as peer:
        receipt = Robot().send(
            letter(text="a_b [x](y)"), "", settings({"base_url": peer.url, "key": "k 1"}, peer.listed)
        )
    assert receipt.outcome is OK
    (seen,) = peer.seen
    assert seen.path == "/cgi-bin/webhook/send?key=k+1"
    markdown = body_of(seen)["markdown"]
    assert isinstance(markdown, dict)
    text, _link, url = markdown["content"].rpartition("]")
    assert text.startswith("**Hello**\na\\_b \\[x\\](y)\n[")
    assert url == "(https://outpost.test/x?on=2022-06-08)"
    assert KINDS["robot"].per_minute == 20


# SMS by a gateway


def gateway_values(peer: Peer, **changes: str) -> dict[str, str]:
    values = {field.name: field.default for field in HttpSms.fields}
    return values | {"url": f"{peer.url}/sms", **changes}


def test_gateway_fills_json_and_tells_success_by_a_field() -> None:
    with http_peer(answer(body=said(result={"code": 0}))) as peer:
        values = gateway_values(
            peer, headers="Authorization: Bearer x\n\nX-B : 2", success_field="result.code", success_value="0"
        )
        assert sent_by(HttpSms(), peer, values, PHONE).outcome is OK
        (seen,) = peer.seen
        body = body_of(seen)
        assert body["phone"] == PHONE
        assert body["content"] == '3 of "7"\n100% https://outpost.test/x?on=2022-06-08'
        assert (seen.headers["Authorization"], seen.headers["X-B"]) == ("Bearer x", "2")
        with pytest.raises(PeerFailedError, match="gateway_says_no"):
            sent_by(HttpSms(), peer, values | {"success_value": "1"}, PHONE)
        for field in ("other", "result.code.deeper"):
            with pytest.raises(NoAnswerError, match="odd_answer"):
                sent_by(HttpSms(), peer, values | {"success_field": field}, PHONE)


def test_gateway_fills_forms_and_addresses_with_escapes() -> None:
    with http_peer() as peer:
        form = gateway_values(peer, content_type="form", body="to={phone}&text={text}&more={other}")
        assert sent_by(HttpSms(), peer, form, "+6591234567").outcome is OK
        get = gateway_values(peer, method="GET", url=f"{peer.url}/sms?to={{phone}}&m={{text}}")
        assert sent_by(HttpSms(), peer, get, PHONE).outcome is OK
        posted, got = peer.seen
    assert posted.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    fields = parse_qs(posted.body.decode())
    assert fields["to"] == ["+6591234567"]
    assert fields["text"] == ['3 of "7"\n100% https://outpost.test/x?on=2022-06-08']
    assert fields["more"] == ["{other}"]
    assert parse_qs(urlsplit(got.path).query)["m"] == fields["text"]
    assert (got.method, got.body) == ("GET", b"")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (500, PeerFailedError),
        (503, PeerFailedError),
        (429, PeerFailedError),
        (502, NoAnswerError),
        (504, NoAnswerError),
    ],
)
def test_faults_of_a_gateway_and_of_proxies_before_it(status: int, outcome: type[Exception]) -> None:
    with http_peer(answer(status)) as peer, pytest.raises(outcome, match=f"http_{status}"):
        sent_by(HttpSms(), peer, gateway_values(peer), PHONE)


def test_a_redirect_of_a_gateway_is_no_success() -> None:
    with http_peer(answer(302, headers={"Location": "http://127.0.0.1:1/"})) as peer:
        receipt = sent_by(HttpSms(), peer, gateway_values(peer), PHONE)
    assert receipt == Receipt(Outcome.FAILED, "http_302", is_channel_fault=True)


# SMS by Alibaba Cloud


def test_the_published_example_of_acs3_is_met() -> None:
    """The worked example of the provider's page on its third signature."""
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )
    found = acs3("POST", query, headers, b"", ("YourAccessKeyId", "YourAccessKeySecret"))
    assert found == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
        "x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def alibaba_values(peer: Peer) -> dict[str, str]:
    return {
        "url": peer.url,
        "key_id": "id",
        "key_secret": "secret",
        "sign_name": "南沙 哨点",
        "templates": "other = SMS_2\ntest.greeting = SMS_1 n\n",
    }


def test_alibaba_sends_the_approved_template() -> None:
    with http_peer(answer(body=said(Code="OK", Message="OK", BizId="b1"))) as peer:
        assert sent_by(AlibabaSms(), peer, alibaba_values(peer), PHONE) == Receipt(OK, peer_id="b1")
    (seen,) = peer.seen
    path, _mark, query = seen.path.partition("?")
    assert (seen.method, path) == ("POST", "/")
    fields = {name: values[0] for name, values in parse_qs(query).items()}
    out_id = fields.pop("OutId")
    assert len(out_id) == 36
    assert fields == {
        "PhoneNumbers": PHONE,
        "SignName": "南沙 哨点",
        "TemplateCode": "SMS_1",
        "TemplateParam": '{"n":"3"}',
    }
    names = ("x-acs-action", "x-acs-version", "x-acs-date", "x-acs-content-sha256", "x-acs-signature-nonce")
    headers = {name: seen.headers[name] for name in names} | {"host": seen.headers["host"]}
    assert headers["host"] == f"127.0.0.1:{peer.port}"
    assert headers["x-acs-date"] == "2022-06-08T04:00:00Z"
    assert seen.headers["Authorization"] == acs3("POST", query, headers, b"", ("id", "secret"))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", Receipt(NO, "address_unknown")),
        ("isv.PARAM_LENGTH_LIMIT", Receipt(NO, "alibaba_isv.PARAM_LENGTH_LIMIT")),
        ("isv.BUSINESS_LIMIT_CONTROL", Receipt(Outcome.FAILED, "alibaba_isv.BUSINESS_LIMIT_CONTROL")),
        (
            "SignatureDoesNotMatch",
            Receipt(Outcome.FAILED, "alibaba_SignatureDoesNotMatch", is_channel_fault=True),
        ),
        ("手机 13800138001", Receipt(Outcome.FAILED, "odd_answer", is_channel_fault=True)),
    ],
)
def test_alibaba_answers(code: str, expected: Receipt) -> None:
    with http_peer(answer(400, said(Code=code, Message="no"))) as peer:
        assert sent_by(AlibabaSms(), peer, alibaba_values(peer), PHONE) == expected


# SMS by Tencent Cloud


def test_the_published_example_of_tc3_is_met() -> None:
    """The worked example of the provider's page on its third signature (with its example secret)."""
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    headers = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com"}
    credentials = ("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE")
    at = datetime.fromtimestamp(1551113065, UTC)
    assert tc3("cvm", headers, body, credentials, at) == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def tencent_values(peer: Peer) -> dict[str, str]:
    return {
        "url": peer.url,
        "region": "ap-guangzhou",
        "secret_id": "id",
        "secret_key": "key",
        "app_id": "1400006666",
        "sign_name": "南沙哨点",
        "templates": "test.greeting = 1110 n n",
    }


def tencent_said(code: str) -> bytes:
    status = {"SerialNo": "5000:1", "Code": code, "Message": "", "PhoneNumber": f"+86{PHONE}"}
    return said(Response={"SendStatusSet": [status], "RequestId": "r"})


def test_tencent_sends_the_approved_template() -> None:
    with http_peer(answer(body=tencent_said("Ok"))) as peer:
        assert sent_by(TencentSms(), peer, tencent_values(peer), PHONE) == Receipt(OK, peer_id="5000:1")
    (seen,) = peer.seen
    body = body_of(seen)
    assert len(str(body.pop("SessionContext"))) == 36
    assert body == {
        "PhoneNumberSet": [f"+86{PHONE}"],
        "SmsSdkAppId": "1400006666",
        "SignName": "南沙哨点",
        "TemplateId": "1110",
        "TemplateParamSet": ["3", "3"],
    }
    assert (seen.headers["X-TC-Action"], seen.headers["X-TC-Version"]) == ("SendSms", "2021-01-11")
    headers = {"content-type": seen.headers["content-type"], "host": f"127.0.0.1:{peer.port}"}
    assert seen.headers["host"] == headers["host"]
    assert seen.headers["Authorization"] == tc3("sms", headers, seen.body, ("id", "key"), NOON)
    assert seen.headers["X-TC-Timestamp"] == str(int(NOON.timestamp()))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (tencent_said("FailedOperation.PhoneNumberInBlacklist"), Receipt(NO, "address_unknown")),
        (
            tencent_said("LimitExceeded.PhoneNumberDailyLimit"),
            Receipt(Outcome.FAILED, "tencent_LimitExceeded.PhoneNumberDailyLimit"),
        ),
        (
            said(Response={"Error": {"Code": "AuthFailure.SignatureFailure"}, "RequestId": "r"}),
            Receipt(Outcome.FAILED, "tencent_AuthFailure.SignatureFailure", is_channel_fault=True),
        ),
        (said(Response={"SendStatusSet": []}), Receipt(Outcome.FAILED, "odd_answer", is_channel_fault=True)),
        (said(other=1), Receipt(Outcome.FAILED, "odd_answer", is_channel_fault=True)),
    ],
)
def test_tencent_answers(body: bytes, expected: Receipt) -> None:
    with http_peer(answer(body=body)) as peer:
        assert sent_by(TencentSms(), peer, tencent_values(peer), PHONE) == expected


@pytest.mark.parametrize("lines", ["", "other = SMS_1 n", "test.greeting =", "test.greeting = SMS_1 missing"])
def test_a_message_without_approved_template_is_not_sent(lines: str) -> None:
    with http_peer() as peer:
        for channel, values in ((AlibabaSms(), alibaba_values(peer)), (TencentSms(), tencent_values(peer))):
            receipt = sent_by(channel, peer, values | {"templates": lines}, PHONE)
            assert receipt == Receipt(NO, "no_template")
        assert not peer.seen


# webhook


def test_webhooks_are_signed_and_fresh() -> None:
    with http_peer(answer(204, b"")) as peer:
        one = letter()
        values = {"url": f"{peer.url}/hook", "secret": SECRET}
        assert Webhook().send(one, "", settings(values, peer.listed)).outcome is OK
    (seen,) = peer.seen
    assert body_of(seen) == {
        "id": str(one.id),
        "template": "test.greeting",
        "title": "Hello",
        "text": '3 of "7"\n100%',
        "url": "https://outpost.test/x?on=2022-06-08",
        "values": {"n": "3"},
        "created_at": "2022-06-08T04:00:00+00:00",
    }
    headers = seen.headers
    assert headers["Outpost-Id"] == str(one.id)
    assert is_genuine(headers, seen.body, secret=SECRET, at=NOON + timedelta(minutes=5))
    assert not is_genuine(headers, seen.body, secret=SECRET, at=NOON + timedelta(minutes=5, seconds=1))
    assert not is_genuine(headers, seen.body, secret=SECRET, at=NOON - timedelta(minutes=6))
    assert not is_genuine(headers, seen.body + b" ", secret=SECRET, at=NOON)
    assert not is_genuine(headers, seen.body, secret="another secret", at=NOON)
    later = str(int(headers["Outpost-Timestamp"]) + 1)
    assert not is_genuine(headers | {"Outpost-Timestamp": later}, seen.body, secret=SECRET, at=NOON)
    for wrong in ({}, headers | {"Outpost-Timestamp": "²"}, headers | {"Outpost-Signature": "ä"}):
        assert not is_genuine(wrong, seen.body, secret=SECRET, at=NOON)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(410, Receipt(NO, "http_410")), (401, Receipt(Outcome.FAILED, "http_401", is_channel_fault=True))],
)
def test_webhook_answers(status: int, expected: Receipt) -> None:
    with http_peer(answer(status)) as peer:
        assert sent_by(Webhook(), peer, {"url": peer.url, "secret": SECRET}) == expected


# e-mail


def test_a_letter_arrives_whole() -> None:
    with mail_peer() as peer:
        one = letter(title="哨点提醒", text="3 人\n.今日应检")
        assert Mail().send(one, "li.si@example.gov.cn", settings(peer.values, peer.listed)).outcome is OK
    (raw,) = peer.letters
    found = message_from_string(raw, policy=default)
    assert found["Subject"] == "哨点提醒"
    assert found["From"] == "哨点 <outpost@example.gov.cn>"
    assert found["To"] == "li.si@example.gov.cn"
    assert found["Message-ID"] == f"<{one.id}@example.gov.cn>"
    lines = ["3 人", ".今日应检", "", "https://outpost.test/x?on=2022-06-08"]
    assert found.get_content().splitlines() == lines


@pytest.mark.parametrize(
    ("verb", "said_by_peer", "expected"),
    [
        ("RCPT", "550 nobody", Receipt(NO, "address_unknown")),
        ("RCPT", "451 later", Receipt(Outcome.FAILED, "smtp_451", is_channel_fault=True)),
        ("MAIL", "530 first log in", Receipt(Outcome.FAILED, "smtp_530", is_channel_fault=True)),
        ("AUTH", "535 wrong", Receipt(Outcome.FAILED, "smtp_535", is_channel_fault=True)),
        ("DATA", "451 later", Receipt(Outcome.FAILED, "smtp_451", is_channel_fault=True)),
        ("END", "552 too big", Receipt(NO, "smtp_552")),
        ("END", "452 full", Receipt(Outcome.FAILED, "smtp_452", is_channel_fault=True)),
    ],
)
def test_mail_answers(verb: str, said_by_peer: str, expected: Receipt) -> None:
    with mail_peer(**{verb: said_by_peer}) as peer:
        values = peer.values | {"username": "u", "password": "p"}
        assert Mail().send(letter(), "a@example.gov.cn", settings(values, peer.listed)) == expected


def test_mail_that_is_not_acknowledged_may_have_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    enough_for_all_before = 3.0
    monkeypatch.setattr("outpost.notifications.channels.mail.SECONDS", enough_for_all_before)
    with mail_peer() as peer:
        peer.silent_after = 30.0
        with pytest.raises(NoAnswerError, match="no_answer"):
            Mail().send(letter(), "a@example.gov.cn", settings(peer.values, peer.listed))
        assert len(peer.letters) == 1


def test_mail_with_starttls_is_not_sent_to_a_server_without() -> None:
    with mail_peer() as peer:
        values = peer.values | {"security": "starttls"}
        with pytest.raises(PeerFailedError, match="smtp_broken"):
            Mail().send(letter(), "a@example.gov.cn", settings(values, f"127.0.0.1:{peer.port}"))
        assert "MAIL" not in peer.verbs
