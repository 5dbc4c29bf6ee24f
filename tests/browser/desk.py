"""A desk that answers the gate app as `/api/v1/desk/` does, in memory: it can be away, and its answers can be lost."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from outpost.desks.gates import limits
from outpost.desks.sealing import from_b64u, opened_by
from outpost.people.rules import DocumentType
from tests.browser.listening import Listening

HOUSE = Path(__file__).parents[2]
APP = HOUSE / "src/outpost/desks/app"
PASSES = json.loads((HOUSE / "tests/shared/passes.json").read_text("utf-8"))
PIN = "246813"
SALT, ROUNDS = b"0123456789abcdef", 1_000
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm"}
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; form-action 'none'"
)


def text_of(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Desk(Listening):
    """What was kept: each entry with the number of times that it came, and what it says. `losing`: answers that still
    get lost."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}
        self.numbers: list[int] = []
        self.stated: list[dict[str, Any]] = []
        self.losing = 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key()
        self._seal_key = text_of(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        self._verifier = text_of(hashlib.pbkdf2_hmac("sha256", PIN.encode(), SALT, ROUNDS))
        self.device, self.member = str(uuid4()), str(uuid4())

    def listener(self) -> "_Server":
        return _Server(self)

    def setup(self) -> dict[str, Any]:
        member = {"id": self.member, "name": "检测员甲", "salt": text_of(SALT), "verifier": self._verifier}
        return {
            "server_time": _now(),
            "device": {"id": self.device, "name": "南门手机"},
            "place": {"kind": "venue", "name": "黄阁农贸市场"},
            "checkpoints": [{"id": str(uuid4()), "name": "南门"}],
            "members": [member | {"rounds": ROUNDS}],
            "seal_key": {"id": 1, "public": self._seal_key},
            "pass_keys": PASSES["pass_keys"],
            "pass_rules": [],
            "temperature": limits(Decimal("34.0"), Decimal("43.0"), Decimal("37.3")),
            "document_types": [{"code": one.value, "zh": one.zh, "en": one.en} for one in DocumentType],
            "last_seq": max(self.numbers, default=0),
            "app": "",
        }

    def _said(self, entry: dict[str, Any]) -> dict[str, Any]:
        sealed = from_b64u(entry["sealed"]) or b""
        return dict(json.loads(opened_by([self._key], sealed, UUID(entry["id"]), entry["seq"]) or b""))

    def take(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        answers = []
        for entry in entries:
            is_known = entry["id"] in self.kept
            self.kept[entry["id"]] = self.kept.get(entry["id"], 0) + 1
            if not is_known:
                self.numbers.append(entry["seq"])
                self.stated.append(self._said(entry))
            state = "repeated" if is_known else "kept"
            answers.append({"id": entry["id"], "state": state, "code": "", "message": ""})
        return {"server_time": _now(), "last_seq": max(self.numbers), "gaps": [], "answers": answers}


def _now() -> str:
    return datetime.now(UTC).isoformat()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(("127.0.0.1", desk.port), _Door)
        self.desk = desk


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called there
        pass

    def do_GET(self) -> None:
        if self.path == "/api/v1/desk/setup":
            return self.answer(200, self.server.desk.setup())
        path = APP / (self.path.removeprefix("/gate/") or "index.html")
        if not path.is_file():
            return self.answer(404, {})
        return self.send(200, path.read_bytes(), _TYPES.get(path.suffix, "application/octet-stream"))

    def do_POST(self) -> None:
        stated = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/v1/desk/devices":
            return self.answer(201, self.server.desk.setup())
        taken = self.server.desk.take(stated["entries"])
        if not self.server.desk.losing:
            return self.answer(200, taken)
        self.server.desk.losing -= 1
        self.close_connection = True
        return None

    def answer(self, status: int, content: dict[str, Any]) -> None:
        self.send(status, json.dumps(content).encode(), "application/json")

    def send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(content)))):
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", _POLICY)
        self.end_headers()
        self.wfile.write(content)
