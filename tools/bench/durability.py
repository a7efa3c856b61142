#!/usr/bin/env python3
"""Messages per second through the durable path, in and out, with the processor time each costs, beside the raw floor:
appending and syncing the same number of bytes to a file on the same disk, in the same run.

Inbound: phones of the sandbox write while the sessions are stopped; the time runs from the start of the sessions until
every message is committed and receipted. What the same start costs without a backlog is subtracted from the processor
time. Outbound: keep-alive connections post sendText, each waits for its answer, which comes when the message is durable
and the server has acknowledged it. The sandbox and the clients share the machine with the gateway, so the rates are what
the whole arrangement reaches; the processor time is the gateway's alone.

Writes build/bench/durability.json and exits with 1 when a gate is missed.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import socket
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "tools" / "bench"))

from harness import Gateway, Sandbox, wait_until  # noqa: E402
from harness.gateway import ADMIN_KEY  # noqa: E402
from table import machine, note, report, row  # noqa: E402

BODY = "The quick brown fox jumps over the lazy dog, " * 4  # 180 bytes, a longish chat message


class Usage:
    """What a process used between two readings."""

    def __init__(self, gateway: Gateway):
        self._gateway = gateway
        self._cpu = gateway.cpu_seconds()
        self._written = self._disk_bytes()

    def _disk_bytes(self) -> int:
        with open(f"/proc/{self._gateway.pid}/io", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))

    def cpu(self) -> float:
        return self._gateway.cpu_seconds() - self._cpu

    def written(self) -> int:
        return self._disk_bytes() - self._written


class Arrangement:
    """A gateway with paired sessions, and a phone for each session to talk to."""

    def __init__(self, sandbox: Sandbox, sessions: int):
        self.sandbox = sandbox
        self.gateway = Gateway(sandbox).start()
        self.names = [f"bench-{number}" for number in range(sessions)]
        self.accounts = []
        self.peers = []
        for name in self.names:
            account = sandbox.account()
            self.gateway.api.post("/api/sessions", {"name": name}, expect=201)
            account.scan(self.gateway.api.get(f"/api/{name}/auth/qr?format=raw")["value"])
            wait_until(lambda name=name: self.status(name) == "WORKING", 60, f"{name} WORKING", interval=0.05)
            self.accounts.append(account)
            self.peers.append(sandbox.account())
        # One message each way builds the Signal sessions; they are not what is measured.
        for name, account, peer in zip(self.names, self.accounts, self.peers):
            peer.send(account.phone, "first")
            self.gateway.api.post("/api/sendText", {"session": name, "chatId": peer.chat_id, "text": "first"}, expect=201)

    def status(self, name: str) -> str:
        return self.gateway.api.get(f"/api/sessions/{name}")["status"]

    def each(self, action):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(action, self.names))

    def stop_sessions(self):
        self.each(lambda name: self.gateway.api.post(f"/api/sessions/{name}/stop", {}, expect=(200, 201)))

    def start_sessions(self):
        self.each(lambda name: self.gateway.api.post(f"/api/sessions/{name}/start", {}, expect=(200, 201)))
        for name in self.names:
            wait_until(lambda name=name: self.status(name) == "WORKING", 120, f"{name} WORKING", interval=0.02)

    def nothing_queued(self) -> bool:
        return self.sandbox.stats()["queued_stanzas"] == 0


def inbound(arrangement: Arrangement, messages: int) -> dict:
    arrangement.stop_sessions()
    empty = Usage(arrangement.gateway)
    arrangement.start_sessions()
    start_cost = empty.cpu()

    arrangement.stop_sessions()
    share = messages // len(arrangement.names)
    note(f"phones write {share * len(arrangement.names)} messages")

    def write(pair):
        account, peer = pair
        for number in range(share):
            peer.send(account.phone, f"{number} {BODY}")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(write, zip(arrangement.accounts, arrangement.peers)))

    usage = Usage(arrangement.gateway)
    began = time.monotonic()
    arrangement.start_sessions()
    wait_until(arrangement.nothing_queued, 600, "every message receipted", arrangement.sandbox.stats, interval=0.02)
    seconds = time.monotonic() - began
    done = share * len(arrangement.names)
    for name, peer in zip(arrangement.names, arrangement.peers):
        newest = arrangement.gateway.api.get(f"/api/{name}/chats/{peer.phone}@c.us/messages?limit=1")
        assert newest[0]["body"].startswith(f"{share - 1} "), f"{name} has not stored its last message"
    return {"messages": done, "seconds": seconds, "cpu": max(usage.cpu() - start_cost, 0.0), "bytes": usage.written()}


class Poster(threading.Thread):
    """One keep-alive connection that sends its share of texts, one after the other."""

    def __init__(self, base: str, session: str, chat: str, count: int):
        super().__init__(daemon=True)
        host, port = base.removeprefix("http://").split(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._count = count
        body = json.dumps({"session": session, "chatId": chat, "text": BODY}).encode()
        head = (f"POST /api/sendText HTTP/1.1\r\nHost: {host}\r\nX-Api-Key: {ADMIN_KEY}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
        self._request = head.encode() + body
        self.latencies: list[float] = []
        self.failures: list[str] = []

    def run(self):
        pending = b""
        for _ in range(self._count):
            began = time.monotonic()
            self._socket.sendall(self._request)
            while b"\r\n\r\n" not in pending:
                pending += self._receive()
            head, _, pending = pending.partition(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            while len(pending) < length:
                pending += self._receive()
            answer, pending = pending[:length], pending[length:]
            if b" 201 " not in head.split(b"\r\n", 1)[0]:
                self.failures.append(answer.decode("utf-8", "replace"))
                continue
            self.latencies.append(time.monotonic() - began)
        self._socket.close()

    def _receive(self) -> bytes:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise AssertionError("the gateway closed the connection")
        return chunk


def outbound(arrangement: Arrangement, messages: int, connections: int) -> dict:
    share = messages // connections
    posters = []
    for number in range(connections):
        at = number % len(arrangement.names)
        posters.append(Poster(arrangement.gateway.base, arrangement.names[at], arrangement.peers[at].chat_id, share))
    usage = Usage(arrangement.gateway)
    began = time.monotonic()
    for poster in posters:
        poster.start()
    for poster in posters:
        poster.join()
    seconds = time.monotonic() - began
    failures = [text for poster in posters for text in poster.failures]
    assert not failures, f"{len(failures)} sends failed, first: {failures[0]}"
    latencies = sorted(value for poster in posters for value in poster.latencies)
    assert len(latencies) == share * connections, "a connection ended early"
    return {"messages": len(latencies), "seconds": seconds, "cpu": usage.cpu(), "bytes": usage.written(),
            "p50": latencies[len(latencies) // 2], "p99": latencies[len(latencies) * 99 // 100]}


def floor(folder: str, bytes_each: int, group: int, count: int) -> dict:
    """Appends `count` pieces of `bytes_each`, syncing after every `group`."""
    piece = os.urandom(bytes_each)
    cpu_before = time.process_time()
    began = time.monotonic()
    with open(os.path.join(folder, "floor"), "wb", buffering=0) as file:
        for number in range(count):
            file.write(piece)
            if (number + 1) % group == 0:
                os.fdatasync(file.fileno())
        os.fdatasync(file.fileno())
    seconds = time.monotonic() - began
    os.unlink(os.path.join(folder, "floor"))
    return {"rate": count / seconds, "cpu": (time.process_time() - cpu_before) / count}


def rows_of(way: str, result: dict, folder: str) -> list[dict]:
    count = result["messages"]
    bytes_each = max(result["bytes"] // count, 1)
    rate, cpu = count / result["seconds"], result["cpu"] / count
    rows = [row(f"{way}: messages per second", rate, "1/s"),
            row(f"{way}: processor time per message", cpu * 1e6, "us"),
            row(f"{way}: bytes written to disk per message", bytes_each, "B")]
    for group in (1, 64):
        lowest = floor(folder, bytes_each, group, 4_000 if group == 1 else 40_000)
        rows.append(row(f"floor, same bytes, {group} per sync: messages per second", lowest["rate"], "1/s"))
        rows.append(row(f"{way}: share of that floor", rate / lowest["rate"] * 100, "%"))
    for name in ("p50", "p99"):
        if name in result:
            rows.append(row(f"{way}: answer time, {name}", result[name] * 1e3, "ms"))
    return rows


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sessions", type=int, default=16)
    options.add_argument("--messages", type=int, default=8_000, help="each way")
    options.add_argument("--connections", type=int, default=32, help="that send at the same time")
    chosen = options.parse_args()

    host = machine()
    sandbox = Sandbox().start()
    arrangement = None
    try:
        arrangement = Arrangement(sandbox, chosen.sessions)
        received = inbound(arrangement, chosen.messages)
        sent = outbound(arrangement, chosen.messages, chosen.connections)
        with tempfile.TemporaryDirectory(prefix="wagate-bench-", dir=os.path.dirname(arrangement.gateway.data_dir)) as folder:
            rows = rows_of("inbound", received, folder) + rows_of("outbound", sent, folder)
    finally:
        if arrangement:
            arrangement.gateway.clean()
        sandbox.stop()
    notes = [f"{chosen.sessions} sessions, {chosen.connections} sending connections, texts of {len(BODY)} bytes, no webhooks",
             "the floor appends and syncs what the kernel counted as written by the gateway per message, pages included"]
    return report("durability", host, rows, notes)


if __name__ == "__main__":
    sys.exit(main())
