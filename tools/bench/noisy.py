#!/usr/bin/env python3
"""Latency of a quiet tenant while another one makes a hundred times its noise, beside the undisturbed one, in one run.

The quiet tenant reads and sends at a steady rate, and its messages come in. The noise is of one kind after the other and then
of all together: requests to the API, messages coming in, webhooks whose receivers hang, files of some megabytes. Phases
with and without noise alternate; each kind is compared with the quiet phases beside it. Latency counts from the time a
request was due. p99 is the median of the phases' p99, so that one hiccup of the machine does not decide. Who makes the noise runs in
processes of its own that go behind all others: what is measured is the gateway, not who gets a core that the noise wants too.

Writes build/bench/noisy.json and exits with 1 when the gate is missed.
"""

import argparse
import base64
import itertools
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "tools" / "bench"))

from fairness import HangingReceiver, pair, percentile  # noqa: E402
from harness import Gateway, Sandbox, WebhookReceiver  # noqa: E402
from harness.http import Api  # noqa: E402
from table import machine, note, report, row  # noqa: E402

GATE = 1.5
TIMES = 100
TENANTS = {"quiet": "key-of-the-quiet-tenant-1", "noisy": "key-of-the-noisy-tenant-1"}
KINDS = ("api", "inbound", "webhooks", "media")
POLITE = 15
_processes = multiprocessing.get_context("fork")


def request(method: str, path: str, key: str, body: dict | None = None) -> bytes:
    content = json.dumps(body).encode() if body is not None else b""
    return (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n").encode() + content


class Load:
    """One client of the HTTP benchmark, for some seconds."""

    def __init__(self, port: int, seconds: float, connections: int, rate: float, what: bytes, politeness: int = 0):
        program = ROOT / "build" / "release" / "tools" / "bench" / "wagate-bench-http"
        arguments = [os.environ.get("WAGATE_BENCH_HTTP", str(program)), "load", str(port), str(seconds), str(connections), str(rate)]
        self._process = subprocess.Popen(["nice", "-n", str(politeness), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process.stdin.write(what)
        self._process.stdin.close()

    def result(self) -> dict:
        output = self._process.stdout.read()
        if self._process.wait() != 0:
            raise RuntimeError("the load did not run to its end")
        return json.loads(output)


class Noise:
    """What the noisy tenant does in a phase."""

    def __init__(self, bench: "Bench", kinds, seconds: float):
        self._makers = []
        self._loads = []
        self._end = _processes.Event()
        self._made = {kind: _processes.Value("q", 0) for kind in ("inbound", "media")}
        if "api" in kinds:
            rate = TIMES * bench.rate
            self._loads.append(Load(bench.port, seconds, 64, rate, request("GET", "/api/sessions/noisy-0", TENANTS["noisy"]), POLITE))
        bench.hanging.hang("webhooks" in kinds)
        # Hanging receivers matter when there is something for them.
        if "inbound" in kinds or "webhooks" in kinds:
            self._run(self._send_in, bench, 4)
        if "media" in kinds:
            self._run(self._send_files, bench, 4)

    def _run(self, work, bench, threads: int):
        def make():
            os.nice(POLITE)
            makers = [threading.Thread(target=work, args=(bench, number, threads)) for number in range(threads)]
            for maker in makers:
                maker.start()
            for maker in makers:
                maker.join()

        self._makers.append(_processes.Process(target=make, daemon=True))
        self._makers[-1].start()

    def _count(self, kind: str):
        with self._made[kind].get_lock():
            self._made[kind].value += 1

    def _send_in(self, bench, number: int, threads: int):
        pause = threads / (TIMES * bench.inbound)
        due = time.monotonic()
        for sequence in itertools.count():
            due += pause
            if self._end.wait(max(0.0, due - time.monotonic())):
                return
            account, peer = bench.noisy[(sequence * threads + number) % len(bench.noisy)]
            peer.send(account.phone, f"noise {number} {sequence}")
            self._count("inbound")

    def _send_files(self, bench, number: int, _threads: int):
        api = Api(bench.gateway.base, TENANTS["noisy"], timeout=120)
        body = {"session": f"noisy-{number % len(bench.noisy)}", "chatId": bench.noisy[0][1].chat_id,
                "file": {"mimetype": "application/octet-stream", "filename": "noise.bin", "data": bench.file}}
        while not self._end.is_set():
            if api.request("POST", "/api/sendFile", body).status == 201:
                self._count("media")

    def stop(self, bench):
        self._end.set()
        for load in self._loads:
            done = load.result()
            bench.noise["api"] += int(done["rate"] * bench.seconds)
        for maker in self._makers:
            maker.join(150)
        for kind, made in self._made.items():
            bench.noise[kind] += made.value
        bench.hanging.hang(False)


class Bench:
    def __init__(self, chosen):
        self.rate, self.inbound, self.seconds = chosen.rate, chosen.inbound, chosen.seconds
        self.file = base64.b64encode(os.urandom(chosen.megabytes << 20)).decode()
        self.noise = dict.fromkeys(KINDS, 0)
        self.sandbox = Sandbox().start()
        self.gateway = Gateway(self.sandbox, TENANTS).start()
        self.hooks, self.hanging = WebhookReceiver(), HangingReceiver()
        self.port = int(self.gateway.base.rsplit(":", 1)[1])
        self.account, self.peer = pair(self.gateway, self.sandbox, "quiet", "quiet-0", self.hooks.url("quiet"))
        self.noisy = [pair(self.gateway, self.sandbox, "noisy", f"noisy-{number}", self.hanging.url) for number in range(chosen.noisy)]
        self._numbers = itertools.count()

    def close(self):
        self.hanging.close()
        self.gateway.clean()
        self.sandbox.stop()
        self.hooks.close()

    def phase(self, kinds) -> dict[str, float]:
        """p99 of what the quiet tenant does, in milliseconds."""
        noise = Noise(self, kinds, self.seconds)
        key = TENANTS["quiet"]
        text = {"session": "quiet-0", "chatId": self.peer.chat_id, "text": "quiet"}
        reads = Load(self.port, self.seconds, 8, self.rate, request("GET", "/api/sessions/quiet-0", key))
        sends = Load(self.port, self.seconds, 8, self.rate / 2, request("POST", "/api/sendText", key, text))
        events = []
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            body = f"in {next(self._numbers)}"
            since = self.hooks.mark()
            began = time.monotonic()
            self.peer.send(self.account.phone, body)
            self.hooks.wait("message", lambda delivery: delivery.payload.get("body") == body, 60, since=since, path="quiet")
            events.append(time.monotonic() - began)
            time.sleep(max(0.0, began + 1 / self.inbound - time.monotonic()))
        results = {"read": reads.result(), "send": sends.result()}
        noise.stop(self)
        for name, result in results.items():
            if result["failed"]:
                raise RuntimeError(f"{result['failed']} of the quiet tenant's requests failed ({name})")
        return {name: result["p99"] for name, result in results.items()} | {"webhook": percentile(events, 0.99) * 1e3}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=4, help="of each kind")
    options.add_argument("--seconds", type=float, default=8, help="of a phase")
    options.add_argument("--rate", type=float, default=20, help="the quiet tenant's reads in a second; half as many sends")
    options.add_argument("--inbound", type=float, default=5, help="messages that come in for the quiet tenant in a second, at most")
    options.add_argument("--noisy", type=int, default=10, help="sessions of the noisy tenant")
    options.add_argument("--megabytes", type=int, default=16, help="of a file")
    options.add_argument("--kinds", default=",".join(KINDS) + ",together")
    chosen = options.parse_args()

    host = machine()
    bench = Bench(chosen)
    rows = []
    try:
        bench.phase(())  # to warm up
        for kind in chosen.kinds.split(","):
            kinds = KINDS if kind == "together" else (kind,)
            before = dict(bench.noise)
            calm, loud = [], []
            for _ in range(chosen.rounds):
                calm.append(bench.phase(()))
                loud.append(bench.phase(kinds))
            made = {one: bench.noise[one] - before[one] for one in kinds if one != "webhooks"}
            assert all(made.values()), f"no noise was made: {made}"
            for name in ("read", "send", "webhook"):
                quiet = statistics.median(phase[name] for phase in calm)
                disturbed = statistics.median(phase[name] for phase in loud)
                note(f"{kind}: {name} p99 {quiet:.2f} ms, disturbed {disturbed:.2f} ms")
                rows += [row(f"{kind}: {name}, p99 undisturbed", quiet, "ms"), row(f"{kind}: {name}, p99 disturbed", disturbed, "ms"),
                         row(f"{kind}: {name}, ratio", disturbed / quiet, "x", GATE)]
    finally:
        bench.close()
    return report("noisy", host, rows, [f"noise: {bench.noise['api']} requests, {bench.noise['inbound']} messages in, {bench.noise['media']} files of "
                                        f"{chosen.megabytes} MiB, {bench.hanging.held} requests held by hanging receivers"])


if __name__ == "__main__":
    sys.exit(main())
