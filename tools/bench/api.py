#!/usr/bin/env python3
"""Rates and latencies of the HTTP API beside a bare epoll responder, in one run on one machine.

The responder answers the same client with as many bytes as the authenticated read has, and does nothing else: what the API
costs is the difference. Server, client and the simulated network share the cores. Each rate is the median of rounds in which
the paths take turns. sendText is measured at half of the rate that it reached, from the time each request was due.

Writes build/bench/api.json and exits with 1 when a gate is missed.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "tools" / "bench"))

from harness import Gateway, Sandbox, Session, WebhookReceiver  # noqa: E402
from harness.gateway import ADMIN_KEY  # noqa: E402
from table import machine, note, report, row  # noqa: E402

READ_GATE = 4.0        # the bare rate over that of an authenticated read
SEND_GATE = 10.0       # ms, p99 of sendText at half load
CHATS = 2_000
CONNECTIONS = 32


def request(method: str, path: str, body: dict | None = None) -> bytes:
    payload = json.dumps(body).encode() if body is not None else b""
    head = [f"{method} {path} HTTP/1.1", "Host: localhost", f"X-Api-Key: {ADMIN_KEY}"]
    if payload:
        head += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + payload


class Client:
    def __init__(self, program: str, seconds: float):
        self.program = program
        self.seconds = seconds

    def load(self, port: int, sent: bytes, rate: float = 0, connections: int = CONNECTIONS) -> dict:
        done = subprocess.run([self.program, "load", str(port), str(self.seconds), str(connections), str(rate)], input=sent,
                              capture_output=True, timeout=self.seconds + 60, check=True)
        measured = json.loads(done.stdout)
        if measured["failed"]:
            raise SystemExit(f"{measured['failed']} requests failed: {sent[:80]!r}")
        return measured


def fill(sandbox: Sandbox, session: Session, account, chats: int):
    """So many chats with a message in each: the account's phone writes to people who need not exist for it."""
    for number in range(chats):
        session.api.post("/api/sendText", {"session": session.name, "chatId": sandbox.account().chat_id, "text": f"chat {number}"}, expect=201)
        if number % 250 == 249:
            note(f"{number + 1} chats")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3, help="of each measurement")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--chats", type=int, default=CHATS)
    given = options.parse_args()
    program = os.environ.get("WAGATE_BENCH_HTTP", str(ROOT / "build" / "release" / "tools" / "bench" / "wagate-bench-http"))
    host = machine()
    hooks = WebhookReceiver()
    sandbox = Sandbox().start()
    gateway = Gateway(sandbox)
    bare = None
    try:
        gateway.start()
        session = Session(gateway, hooks, "bench")
        session.create(events=("session.status",))
        account = sandbox.account()
        session.pair(account, since=0)
        fill(sandbox, session, account, given.chats)
        friends = [sandbox.account() for _ in range(CONNECTIONS)]
        port = int(gateway.base.rsplit(":", 1)[1])
        read = request("GET", "/api/sessions/bench/me")
        size = len(gateway.api.request("GET", "/api/sessions/bench/me").body)
        bare = subprocess.Popen([program, "respond", str(size)], stdout=subprocess.PIPE, text=True)
        bare_port = int(bare.stdout.readline())
        client = Client(program, given.seconds)
        # A chat for each connection: messages of one chat wait for each other.
        send = b"".join(request("POST", "/api/sendText", {"session": "bench", "chatId": friend.chat_id, "text": "benchmark"})
                        for friend in friends)
        paths = {
            "bare responder": lambda: client.load(bare_port, read),
            "GET /ping": lambda: client.load(port, request("GET", "/ping")),
            "authenticated read": lambda: client.load(port, read),
            f"overview of {given.chats} chats": lambda: client.load(port, request("GET", "/api/bench/chats/overview?limit=20"), connections=4),
            "sendText": lambda: client.load(port, send),
        }
        measured: dict[str, list[dict]] = {name: [] for name in paths}
        for number in range(given.rounds):
            for name, run in paths.items():
                measured[name].append(run())
            note(f"round {number + 1}: " + ", ".join(f"{name} {runs[-1]['rate']:.0f}/s" for name, runs in measured.items()))
        middle = {name: {field: statistics.median(run[field] for run in runs) for field in ("rate", "p50", "p99")}
                  for name, runs in measured.items()}
        half = [client.load(port, send, rate=max(1.0, middle["sendText"]["rate"] / 2)) for _ in range(given.rounds)]
        rows = []
        for name, numbers in middle.items():
            rows += [row(name, numbers["rate"], "requests/s"), row(f"{name}, p50", numbers["p50"], "ms"), row(f"{name}, p99", numbers["p99"], "ms")]
        rows.append(row("bare rate over authenticated read", middle["bare responder"]["rate"] / middle["authenticated read"]["rate"], "times", READ_GATE))
        rows.append(row("sendText at half load, p50", statistics.median(run["p50"] for run in half), "ms"))
        rows.append(row("sendText at half load, p99", statistics.median(run["p99"] for run in half), "ms", SEND_GATE))
        return report("api", host, rows, [f"{CONNECTIONS} connections, {given.rounds} rounds of {given.seconds:g} s; medians"])
    finally:
        if bare is not None:
            bare.kill()
            bare.wait()
        gateway.clean()
        sandbox.stop()
        hooks.close()


if __name__ == "__main__":
    sys.exit(main())
