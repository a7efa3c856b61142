#!/usr/bin/env python3
"""How long new clients wait while others hold on to the HTTP server or press it, and what that costs in memory.

In turn: nobody else; thousands of silent connections; as many that send a head, then a body, byte by byte; requests that are
no HTTP; a million tiny requests, pipelined. All the time a new client connects every few milliseconds, asks and is answered: from
connect() to the last byte is one sample. Who presses runs in processes of its own, on the same cores.

Writes build/bench/edge.json and exits with 1 when a gate is missed.
"""

import argparse
import multiprocessing
import pathlib
import resource
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "tools" / "bench"))

from harness import Gateway, Sandbox  # noqa: E402
from harness.gateway import ADMIN_KEY  # noqa: E402
from harness.raw_http import RawClient  # noqa: E402
from table import machine, note, report, row  # noqa: E402

LATENCY_GATE = 100.0          # ms, the slowest new client
MEMORY_GATE = 24.0            # KiB for a connection that waits
FLOOD_MEMORY_GATE = 64.0      # MiB more than before, while requests come as fast as they can
PING = b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /api/sendText HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: " + ADMIN_KEY.encode() + b"\r\nContent-Length: 100000\r\n\r\n"
BATCH = 100


def raise_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def hold(base: str, count: int, first: bytes, drip: bytes, ready, stop):
    """So many connections that send `first` and then `drip`, each twice a second."""
    raise_limit()
    clients = []
    for _ in range(count):
        clients.append(RawClient(base))
        if first:
            clients[-1].send(first)
    ready.set()
    while not stop.wait(0.5):
        for client in clients if drip else ():
            try:
                client.send(drip)
            except OSError:
                pass  # cut off by its deadline, which is the point


def press(base: str, count: int, data: bytes, ready, stop):
    """So many answered requests over one connection, or until told to stop where each ends its connection."""
    ready.set()
    if data == PING:
        with RawClient(base) as client:
            for _ in range(count // BATCH):
                client.send(data * BATCH)
                for _ in range(BATCH):
                    client.answer()
        return
    while not stop.is_set():
        with RawClient(base) as client:
            client.send(data).read_all()


def new_client(base: str) -> float:
    begin = time.monotonic()
    with RawClient(base) as client:
        if client.send(PING).answer().status != 200:
            raise SystemExit("a new client was not served")
    return (time.monotonic() - begin) * 1000


class Phase:
    def __init__(self, gateway: Gateway, name: str, workers: list[tuple]):
        self.gateway = gateway
        self.name = name
        self.workers = workers

    def run(self, seconds: float, until_done: bool) -> tuple[list[float], int]:
        """Milliseconds of new clients, and the most bytes of memory beyond those before."""
        before = self.gateway.memory()["Rss"]
        stop = multiprocessing.Event()
        children = []
        for target, *arguments in self.workers:
            ready = multiprocessing.Event()
            children.append(multiprocessing.Process(target=target, args=(self.gateway.base, *arguments, ready, stop), daemon=True))
            children[-1].start()
            ready.wait(120)
        samples, most = [], 0
        end = time.monotonic() + seconds
        while any(child.is_alive() for child in children) if until_done else time.monotonic() < end:
            samples.append(new_client(self.gateway.base))
            most = max(most, self.gateway.memory()["Rss"] - before)
            time.sleep(0.005)
        stop.set()
        for child in children:
            child.join(30)
            child.kill()
        note(f"{self.name}: {len(samples)} new clients, median {statistics.median(samples):.1f} ms, slowest {max(samples):.1f} ms")
        return samples, most


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=10, help="of each phase that has no end of its own")
    options.add_argument("--connections", type=int, default=5_000)
    options.add_argument("--requests", type=int, default=1_000_000)
    given = options.parse_args()
    raise_limit()
    host = machine()
    sandbox = Sandbox().start()
    gateway = Gateway(sandbox)
    rows = []
    try:
        gateway.start()
        count = given.connections
        phases = [
            (Phase(gateway, "nobody else", []), False),
            (Phase(gateway, f"{count} silent", [(hold, count, b"", b"")]), False),
            (Phase(gateway, f"{count} slow heads", [(hold, count, HEAD, b"x")]), False),
            (Phase(gateway, f"{count} slow bodies", [(hold, count, BODY, b" ")]), False),
            (Phase(gateway, "no HTTP", [(press, 0, b"\x16\x03\x01" + b"x" * 500), (press, 0, b"GET /\nHost: x\n\n")]), False),
            (Phase(gateway, f"{given.requests} requests", [(press, given.requests // 4, PING)] * 4), True),
        ]
        new_client(gateway.base)
        for phase, until_done in phases:
            samples, memory = phase.run(given.seconds, until_done)
            rows.append(row(f"{phase.name}: new client, median", statistics.median(samples), "ms"))
            rows.append(row(f"{phase.name}: new client, slowest", max(samples), "ms", LATENCY_GATE))
            if phase.workers and phase.workers[0][0] is hold:
                rows.append(row(f"{phase.name}: memory of each", memory / 1024 / count, "KiB", MEMORY_GATE))
            elif phase.workers:
                rows.append(row(f"{phase.name}: memory", memory / 1024 / 1024, "MiB", FLOOD_MEMORY_GATE))
        return report("edge", host, rows, ["new clients connect anew for each sample; who presses shares the cores"])
    finally:
        gateway.clean()
        sandbox.stop()


if __name__ == "__main__":
    sys.exit(main())
