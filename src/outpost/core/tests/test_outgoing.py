"""Calls go to listed hosts at checked addresses only, and end in time."""

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from pydantic import ValidationError

from outpost.config.env import Env
from outpost.core.allowed_hosts import Allowed, NotAllowedError, OutgoingError
from outpost.core.clock import now
from outpost.core.outgoing import MOST_BYTES, NoAnswerError, Outgoing, UnreachableError
from outpost.core.tests.peers import Seen, answer, http_peer
from outpost.server.tls import ensure_certificates

pytestmark = [pytest.mark.rules, pytest.mark.promise("W4")]


def way_out(hosts: str, *addresses: str) -> Outgoing:
    """The way out under this list, where every name resolves to these addresses."""
    if not addresses:
        return Outgoing(Allowed.parse(hosts))
    return Outgoing(Allowed.parse(hosts), resolver=lambda _host, _port: list(addresses))


def reason(act: Callable[[], object], kind: type[OutgoingError]) -> str:
    with pytest.raises(kind) as caught:
        act()
    return caught.value.reason


def test_a_listed_peer_is_called_by_its_name() -> None:
    with http_peer(answer(201, b"done")) as peer:
        hosts = f"http://sms.test:{peer.port},127.0.0.0/8"
        out = way_out(hosts, "127.0.0.1")
        found = out.call("POST", f"http://sms.test:{peer.port}/send?a=1", headers={"X-A": "b"}, body=b"hello")
    assert (found.status, found.body, found.is_success) == (201, b"done", True)
    (seen,) = peer.seen
    assert (seen.method, seen.path, seen.body, seen.headers["X-A"]) == ("POST", "/send?a=1", b"hello", "b")
    assert seen.headers["Host"] == f"sms.test:{peer.port}"


@pytest.mark.parametrize(
    "hosts",
    [
        "",
        "other.test",
        "sms.test",  # with encryption only
        "http://sms.test:1",
        "127.0.0.0/8",
        "http://test",
        "http://sms.test.evil",
    ],
)
def test_hosts_that_are_not_listed_are_not_even_looked_up(hosts: str) -> None:
    looked_up: list[str] = []

    def resolver(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    out = Outgoing(Allowed.parse(hosts), resolver=resolver)
    assert reason(lambda: out.call("GET", "http://sms.test/"), NotAllowedError) == "host_not_listed"
    assert not looked_up


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b:1::1", "2001:db8::1",
        "2002:7f00:1::1", "2002:a00:1::", "2002:5db8:d80e::1", "fec0::1", "192.0.0.8", "192.0.0.170", "192.88.99.1",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "::7f00:1", "2001:0:7f00:1::", "3fff::1", "5f00::1", "100::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    for addresses in ([address], ["93.184.215.14", address]):
        out = way_out("http://sms.test", *addresses)
        with pytest.raises(NotAllowedError, match="private_address"):
            out.call("GET", "http://sms.test/")


def test_a_private_address_needs_its_network_listed() -> None:
    with http_peer() as peer:
        named = f"http://127.0.0.1:{peer.port}"
        assert reason(lambda: way_out(named).call("GET", peer.url), NotAllowedError) == "private_address"
        other = f"{named},10.0.0.0/8"
        assert reason(lambda: way_out(other).call("GET", peer.url), NotAllowedError) == "private_address"
        assert not peer.seen
        assert way_out(f"{named},127.0.0.1").call("GET", peer.url).status == 200


@pytest.mark.promise("A5")
@pytest.mark.parametrize(
    ("path", "is_listed"),
    [
        ("/district", True), ("/district/", True), ("/district/send?to=1", True), ("/", False), ("", False),
        ("/districts", False), ("/other", False), ("/district/../other", False), ("/district/%2e%2e/other", False),
        ("/district//other", False), ("/district/./x", False), ("/DISTRICT/", False), ("/district\\..\\other", False),
    ],
)  # fmt: skip
def test_a_listed_path_is_no_other_customers_path(path: str, is_listed: bool) -> None:
    with http_peer() as peer:
        out = way_out(f"{peer.url}/district/,127.0.0.0/8")
        if is_listed:
            assert out.call("GET", peer.url + path).is_success
        else:
            assert reason(lambda: out.call("GET", peer.url + path), NotAllowedError) == "host_not_listed"
            assert not peer.seen
        with pytest.raises(NotAllowedError):
            out.connect("smtp", "127.0.0.1", peer.port)


def test_redirects_are_answers_and_nothing_follows_them() -> None:
    with http_peer() as secret, http_peer(answer(302, headers={"Location": secret.url})) as peer:
        found = way_out(f"{peer.listed},{secret.url}").call("GET", peer.url)
        assert found.status == 302
        assert not found.is_success
        assert not secret.seen


def test_a_second_answer_of_the_resolver_changes_nothing() -> None:
    """Rebinding: the name is asked once, and the connection goes to what was checked."""
    with http_peer(host="127.0.0.2") as checked, http_peer(host="127.0.0.3", port=checked.port) as internal:
        answers = [["127.0.0.2"], ["127.0.0.3"]]
        hosts = f"http://sms.test:{checked.port},127.0.0.2"
        out = Outgoing(Allowed.parse(hosts), resolver=lambda _host, _port: answers.pop(0))
        assert out.call("GET", f"http://sms.test:{checked.port}/").status == 200
        assert (len(checked.seen), len(internal.seen), len(answers)) == (1, 0, 1)
        again = f"http://sms.test:{checked.port}/"
        assert reason(lambda: out.call("GET", again), NotAllowedError) == "private_address"
        assert not internal.seen


@pytest.mark.parametrize(
    "url",
    [
        "ftp://sms.test/", "file:///etc/passwd", "//sms.test/", "sms.test", "", "http://", "http://user@sms.test/",
        "http://sms.test:99999/", "http://sms.test:0/", "http://sms.test/a b", "http://sms.test/\r\nX: y",
        "http://sms.tést/", "http://[::1/",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused(url: str) -> None:
    out = way_out("http://sms.test,http://[::1]", "93.184.215.14")
    assert reason(lambda: out.call("GET", url), NotAllowedError) == "bad_address"


def test_the_list_is_read_or_refused_whole() -> None:
    allowed = Allowed.parse(" qyapi.weixin.qq.com, HTTP://Gate.test:8080 ,10.1.0.0/16,smtp://mail.test,::1 ")
    expected = {("", "qyapi.weixin.qq.com", 0), ("http", "gate.test", 8080), ("smtp", "mail.test", 0)}
    assert allowed.hosts == expected
    assert len(allowed.networks) == 2
    for wrong in (
        "https://a.test/a/../b",
        "https://a.test/a?b=c",
        "gopher://a.test",
        "a.test:x",
        "u@a.test",
        "10.0.0.1/8",
    ):
        with pytest.raises(ValueError, match=r".+"):
            Allowed.parse(wrong)
    with pytest.raises(ValidationError):
        Env(OUTPOST_OUTGOING_HOSTS="https://a.test/a/../b")


def test_nothing_there_is_told_apart_from_no_answer() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        out = way_out(f"http://127.0.0.1:{port},127.0.0.1")
        url = f"http://127.0.0.1:{port}/"
        assert reason(lambda: out.call("GET", url), UnreachableError) == "no_connection"
        listening.listen()
        assert reason(lambda: out.call("GET", url, seconds=0.2), NoAnswerError) == "no_answer"
    nameless = Outgoing(Allowed.parse("http://sms.test"), resolver=lambda _host, _port: [])
    assert reason(lambda: nameless.call("GET", "http://sms.test/"), UnreachableError) == "name_unknown"


def _drip(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _second in range(100):
        handler.wfile.write(b"a")
        handler.wfile.flush()
        threading.Event().wait(0.05)
    handler.wfile.write(b"\r\nContent-Length: 0\r\n\r\n")


def _cut(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


@pytest.mark.parametrize("behave", [answer(after=5), _drip, _cut], ids=["silent", "dripping", "cut"])
def test_slow_and_broken_peers_end_in_time(behave: Callable[[BaseHTTPRequestHandler, Seen], None]) -> None:
    """The first two answer well in the end: whoever waited as long has an answer."""
    with http_peer(behave) as peer:
        reason(lambda: way_out(peer.listed).call("GET", peer.url, seconds=0.3), NoAnswerError)
        assert len(peer.seen) == 1


def test_long_answers_are_cut() -> None:
    with http_peer(answer(body=b"x" * (MOST_BYTES + 1))) as peer:
        assert len(way_out(peer.listed).call("GET", peer.url).body) == MOST_BYTES


def _speak_tls(listening: socket.socket, context: ssl.SSLContext) -> None:
    plain, _peer = listening.accept()
    try:
        with context.wrap_socket(plain, server_side=True) as connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    except OSError:
        plain.close()  # the caller did not like our certificate


@pytest.mark.parametrize("name", ["localhost", "other.test"])
def test_certificates_are_held_against_the_name(name: str, tmp_path: Path) -> None:
    made = ensure_certificates(tmp_path, ["localhost"], at=now() - timedelta(hours=1))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made.certificate, made.key)
    trusting = ssl.create_default_context(cafile=str(made.authority))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=_speak_tls, args=(listening, serving), daemon=True)
        thread.start()
        allowed = Allowed.parse(f"{name}:{port},127.0.0.1")
        out = Outgoing(allowed, resolver=lambda _host, _port: ["127.0.0.1"], tls=trusting)
        url = f"https://{name}:{port}/"
        if name == "localhost":
            assert out.call("GET", url).body == b"ok"
        else:
            assert reason(lambda: out.call("GET", url), UnreachableError) == "tls_failed"
        thread.join(5)
