"""What the front passes on to the lane and gives back, on one line for call after call."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter

from outpost.ingest.answers import CHECK_INS, PASS
from outpost.server.lane_calls import LaneCalls
from outpost.testing.network import free_port

ANSWER = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
    b"Server: lane\r\nContent-Length: 2\r\n\r\n{}"
)
ASKED = {
    "authorization": "Bearer a.b",
    "accept-language": "en",
    "cookie": "sessionid=1",
    "content-type": "text/x",
}


def test_a_call_goes_to_the_lane_and_its_answer_comes_back() -> None:
    seen: list[str] = []
    lines = 0

    async def lane(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal lines
        lines += 1
        for length in (b"{1}", b""):
            head = await reader.readuntil(b"\r\n\r\n")
            seen.append((head + await reader.readexactly(len(length))).decode())
            writer.write(ANSWER)
            await writer.drain()
        writer.close()

    async def calls() -> None:
        async with await asyncio.start_server(lane, "127.0.0.1", 0) as server:
            to = LaneCalls("{}:{}".format(*server.sockets[0].getsockname()))
            for asked in (("POST", CHECK_INS, ASKED, b"{1}"), ("GET", PASS, {}, b"")):
                status, headers, body = await to.ask(*asked)
                assert (status, body) == (201, b"{}")
                assert headers == [("content-type", "application/json"), ("cache-control", "no-store")]

    asyncio.run(calls())
    first, second = seen
    assert first.startswith(f"POST {CHECK_INS} HTTP/1.1\r\n")
    assert first.endswith("\r\n\r\n{1}")
    assert "authorization: Bearer a.b\r\n" in first
    assert "cookie" not in first.lower()
    assert second.startswith(f"GET {PASS} HTTP/1.1\r\n")
    assert lines == 1


def test_a_lane_that_is_away_or_hangs_up_is_busy_in_the_askers_language() -> None:
    async def hang_up(_reader: StreamReader, writer: StreamWriter) -> None:
        writer.close()

    async def calls() -> None:
        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            for port in (server.sockets[0].getsockname()[1], free_port()):
                asked = ("POST", CHECK_INS, {"accept-language": "en"}, b"{}")
                status, headers, body = await LaneCalls(f"127.0.0.1:{port}").ask(*asked)
                assert (status, dict(headers)["retry-after"]) == (503, "1")
                assert json.loads(body)["error"] == "ingest.busy"
                assert json.loads(body)["message"].startswith("Too many")

    asyncio.run(calls())
