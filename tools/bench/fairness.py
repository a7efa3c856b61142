#!/usr/bin/env python3
"""Webhook latency of one tenant while every receiver of another tenant hangs, beside the undisturbed one, in one run.

Both tenants get the same messages in both kinds of rounds; only in the disturbed ones the noisy tenant's receivers take
requests and never answer. Rounds of both kinds alternate. Latency is the time from the phone's send to the request at
the quiet tenant's receiver. What the noisy tenant could not deliver stays in its log, so its backlog grows from round to
round.

Writes build/bench/fairness.json and exits with 1 when the gate is missed.
"""

import argparse
import itertools
import pathlib
import socket
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "tools" / "bench"))

from harness import Gateway, Sandbox, WebhookReceiver, wait_until  # noqa: E402
from table import machine, note, report, row  # noqa: E402

GATE = 1.2
TENANTS = {"quiet": "key-of-the-quiet-tenant-1", "noisy": "key-of-the-noisy-tenant-1"}


class HangingReceiver:
    """Accepts, reads, and answers 200 only while it is told not to hang."""

    def __init__(self):
        self._server = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._hangs = threading.Event()
        self._released = threading.Event()
        self._released.set()
        self.held = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}/"

    def hang(self, hangs: bool):
        if hangs:
            self._released.clear()
            self._hangs.set()
        else:
            self._hangs.clear()
            self._released.set()

    def _accept(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        pending = b""
        with connection:
            try:
                while True:
                    while b"\r\n\r\n" not in pending:
                        chunk = connection.recv(65536)
                        if not chunk:
                            return
                        pending += chunk
                    head, _, pending = pending.partition(b"\r\n\r\n")
                    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
                    while len(pending) < length:
                        pending += connection.recv(65536)
                    pending = pending[length:]
                    if self._hangs.is_set():
                        self.held += 1
                        self._released.wait()
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                return

    def close(self):
        self.hang(False)
        self._server.close()


def pair(gateway, sandbox, tenant: str, name: str, url: str):
    api = gateway.tenant(tenant)
    webhook = {"url": url, "events": ["message"], "retries": {"policy": "constant", "delaySeconds": 1, "attempts": 1000}}
    api.post("/api/sessions", {"name": name, "config": {"webhooks": [webhook]}}, expect=201)
    account = sandbox.account()
    account.scan(api.get(f"/api/{name}/auth/qr?format=raw")["value"])
    wait_until(lambda: api.get(f"/api/sessions/{name}")["status"] == "WORKING", 60, f"{name} WORKING", interval=0.05)
    peer = sandbox.account()
    peer.send(account.phone, "first")
    return account, peer


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=6, help="of each kind")
    options.add_argument("--messages", type=int, default=150, help="of the quiet tenant in a round")
    options.add_argument("--noisy", type=int, default=20, help="sessions of the noisy tenant")
    chosen = options.parse_args()

    host = machine()
    sandbox = Sandbox().start()
    gateway = Gateway(sandbox, TENANTS).start()
    hooks, hanging = WebhookReceiver(), HangingReceiver()
    try:
        account, peer = pair(gateway, sandbox, "quiet", "quiet-1", hooks.url("quiet"))
        noisy = [pair(gateway, sandbox, "noisy", f"noisy-{number}", hanging.url) for number in range(chosen.noisy)]
        latencies: dict[bool, list[float]] = {False: [], True: []}
        numbers = itertools.count()

        def one_round(disturbed: bool):
            hanging.hang(disturbed)
            for number in range(chosen.messages):
                loud_account, loud_peer = noisy[number % len(noisy)]
                loud_peer.send(loud_account.phone, f"noise {next(numbers)}")
                text = f"quiet {next(numbers)}"
                since = hooks.mark()
                began = time.monotonic()
                peer.send(account.phone, text)
                hooks.wait("message", lambda delivery: delivery.payload.get("body") == text, 60, since=since, path="quiet")
                latencies[disturbed].append(time.monotonic() - began)

        one_round(False)
        latencies[False].clear()  # a round to warm up
        for _ in range(chosen.rounds):
            for disturbed in (False, True):
                one_round(disturbed)
            note(f"p99 undisturbed {percentile(latencies[False], 0.99) * 1e3:.2f} ms, disturbed {percentile(latencies[True], 0.99) * 1e3:.2f} ms")
        held = hanging.held
        assert held > 0, "no receiver ever hung: nothing was measured"
    finally:
        hanging.close()
        gateway.clean()
        sandbox.stop()
        hooks.close()

    rows = []
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        calm, disturbed = percentile(latencies[False], share), percentile(latencies[True], share)
        rows += [row(f"undisturbed: webhook latency, {name}", calm * 1e3, "ms"),
                 row(f"another tenant's receivers hang: webhook latency, {name}", disturbed * 1e3, "ms"),
                 row(f"ratio, {name}", disturbed / calm, "x", GATE if name == "p99" else None)]
    return report("fairness", host, rows, [f"{len(latencies[False])} messages of each kind; {chosen.noisy} hanging endpoints, {held} requests held"])


if __name__ == "__main__":
    sys.exit(main())
