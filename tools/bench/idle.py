#!/usr/bin/env python3
"""Memory of idle sessions: the gateway next to whatsmeow and Baileys, over TLS against the sandbox, in one run.

What is measured is resident memory of the process as the kernel counts it (smaps_rollup); kernel socket buffers are not
in it. A session's price is the difference between many and few sessions divided by their number, so that what a process
costs once is no part of it. The peers run with fewer clients and are extrapolated. Their garbage collectors run before
each reading until nothing more is given back, and their keys are kept on disk: both in their favour.

Writes build/bench/idle.json and exits with 1 when a gate is missed.
"""

import argparse
import concurrent.futures
import os
import pathlib
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "tools" / "bench"))

from harness import BaileysPeer, Gateway, Sandbox, WhatsmeowPeer, wait_until  # noqa: E402
from harness.programs import Program  # noqa: E402
from table import machine, note, report, row  # noqa: E402

KIB = 1024
GATE_KIB = 96  # per idle WORKING session
GOAL_KIB = 48
AT_ONCE = 8


def settle(program: Program, quiet_share: float = 0.05, window: float = 2.0, patience: float = 120):
    """Returns once the process used less than `quiet_share` of a core during a whole window."""
    end = time.monotonic() + patience
    pause = threading.Event()
    while time.monotonic() < end:
        before = program.cpu_seconds()
        pause.wait(window)
        if program.cpu_seconds() - before < quiet_share * window:
            return
    note(f"{program.name} did not become quiet within {patience} s; measured anyway")


class Slope:
    """Readings of one process at growing numbers of sessions."""

    def __init__(self, name: str):
        self.name = name
        self.readings: list[tuple[int, dict[str, int]]] = []

    def read(self, sessions: int, program: Program, collect=None):
        """`collect` asks for a garbage collection; it is repeated until nothing more is given back."""
        settle(program)
        memory = program.memory()
        while collect:
            collect()
            settle(program)
            now = program.memory()
            if now["Rss"] > 0.99 * memory["Rss"]:
                break
            memory = now
        self.readings.append((sessions, memory))
        note(f"{self.name}: {sessions} sessions, Rss {memory['Rss'] / KIB / KIB:.1f} MiB, anonymous {memory['Anonymous'] / KIB / KIB:.1f} MiB")

    def per_session_kib(self, kind: str) -> float:
        (few, low), (many, high) = self.readings[0], self.readings[-1]
        return (high[kind] - low[kind]) / (many - few) / KIB


def gateway_sessions(sandbox: Sandbox, few: int, many: int) -> tuple[Slope, Slope, float]:
    """Slopes after pairing and after a restart, and the seconds from start to all WORKING.

    Pairing fills the cache of Signal records, which all sessions share and which is bounded: the first reading after
    pairing is taken at two fifths of the sessions, when the cache is full and no longer part of the slope.
    """
    gateway = Gateway(sandbox, tls=True)
    try:
        gateway.start()

        def working(name: str) -> bool:
            return gateway.api.get(f"/api/sessions/{name}")["status"] == "WORKING"

        def pair(number: int):
            name = f"idle-{number}"
            account = sandbox.account()
            gateway.api.post("/api/sessions", {"name": name})
            account.scan(gateway.api.get(f"/api/{name}/auth/qr?format=raw")["value"])
            wait_until(lambda: working(name), 60, f"{name} WORKING", interval=0.1)

        def grow(start: int, stop: int):
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(pair, range(start, stop)))

        def restart(count: int) -> float:
            gateway.stop(60)
            started = time.monotonic()
            gateway.start(60)
            wait_until(lambda: sandbox.stats()["open_connections"] >= count, 120, f"{count} connections after a restart", sandbox.stats)
            for number in range(count):
                name = f"idle-{number}"
                wait_until(lambda: working(name), 120, f"{name} of {count} WORKING after a restart", interval=0.05)
            return time.monotonic() - started

        paired, restarted = Slope("gateway after pairing"), Slope("gateway after a restart")
        grow(0, few)
        restart(few)
        restarted.read(few, gateway)
        middle = max(few, many * 2 // 5)
        grow(few, middle)
        paired.read(middle, gateway)
        grow(middle, many)
        paired.read(many, gateway)
        seconds = restart(many)
        restarted.read(many, gateway)
        return paired, restarted, seconds
    finally:
        gateway.clean()


def peer_sessions(peer, sandbox: Sandbox, few: int, many: int, options) -> Slope:
    slope = Slope(peer.name)
    peer.start()
    try:
        def pair(number: int):
            client = peer.client(f"idle-{number}")
            since = client.mark()
            client.request("connect", url=sandbox.network["wss"], caFile=sandbox.network["caFile"], rootKey=sandbox.root_key,
                           **options(number))
            code = client.wait("qr", seconds=60, since=since)["qr"]
            sandbox.account().scan(code)
            client.wait("open", seconds=60, since=since)

        for start, stop in ((0, few), (few, many)):
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                list(pool.map(pair, range(start, stop)))
            slope.read(stop, peer, lambda: peer.request("collect", 60))
        return slope
    finally:
        peer.quit()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sessions", type=int, default=1000, help="sessions of the gateway")
    options.add_argument("--few", type=int, default=50, help="sessions at the first reading of the gateway")
    options.add_argument("--whatsmeow", type=int, nargs=2, default=(40, 160), metavar=("FEW", "MANY"))
    options.add_argument("--baileys", type=int, nargs=2, default=(30, 90), metavar=("FEW", "MANY"))
    options.add_argument("--only", choices=("gateway", "whatsmeow", "baileys"), action="append")
    chosen = options.parse_args()
    wanted = set(chosen.only or ("gateway", "whatsmeow", "baileys"))

    host, rows, notes = machine(), [], []
    sandbox = Sandbox(tls=True).start()
    own = None
    try:
        if "gateway" in wanted:
            paired, restarted, seconds = gateway_sessions(sandbox, chosen.few, chosen.sessions)
            own = max(paired.per_session_kib("Rss"), restarted.per_session_kib("Rss"))
            rows += [
                row("gateway: resident memory per idle session, after pairing", paired.per_session_kib("Rss"), "KiB", GATE_KIB),
                row("gateway: resident memory per idle session, after a restart", restarted.per_session_kib("Rss"), "KiB", GATE_KIB),
                row("gateway: anonymous memory per idle session, after a restart", restarted.per_session_kib("Anonymous"), "KiB"),
                row("gateway: proportional memory per idle session, after a restart", restarted.per_session_kib("Pss"), "KiB"),
                row(f"gateway: resident memory with {chosen.sessions} sessions, after pairing", paired.readings[-1][1]["Rss"] / KIB / KIB, "MiB"),
                row(f"gateway: resident memory with {chosen.sessions} sessions, after a restart", restarted.readings[-1][1]["Rss"] / KIB / KIB, "MiB"),
                row(f"gateway: start to {chosen.sessions} sessions WORKING", seconds, "s"),
            ]
            for slope in (paired, restarted):
                low, high = slope.readings[0][0], slope.readings[-1][0]
                notes.append(f"{slope.name}: ({high} sessions - {low} sessions) / {high - low}; goal {GOAL_KIB} KiB")
        with tempfile.TemporaryDirectory(prefix="wagate-bench-") as folder:
            peers = []
            if "whatsmeow" in wanted:
                database = os.path.join(folder, "whatsmeow.db")
                peers.append((WhatsmeowPeer(), chosen.whatsmeow, lambda number: {"database": database}))
            if "baileys" in wanted:
                peers.append((BaileysPeer(["--expose-gc"]), chosen.baileys, lambda number: {"folder": os.path.join(folder, f"baileys-{number}")}))
            for peer, (few, many), arguments in peers:
                slope = peer_sessions(peer, sandbox, few, many, arguments)
                each = slope.per_session_kib("Rss")
                once = slope.readings[0][1]["Rss"] / KIB - few * each
                rows.append(row(f"{peer.name}: resident memory per idle client", each, "KiB"))
                rows.append(row(f"{peer.name}: resident memory with {chosen.sessions} clients, extrapolated", (once + chosen.sessions * each) / KIB, "MiB"))
                if own:
                    rows.append(row(f"{peer.name}: times the gateway's memory per session", each / own, "x"))
                notes.append(f"{peer.name}: ({many} clients - {few} clients) / {many - few}, keys on disk, garbage collected; "
                             f"{chosen.sessions} clients were not run")
    finally:
        sandbox.stop()
    return report("idle", host, rows, notes)


if __name__ == "__main__":
    sys.exit(main())
