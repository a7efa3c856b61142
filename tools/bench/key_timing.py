#!/usr/bin/env python3
"""Whether the time of an answer tells something about a secret: Welch's t-test over two kinds of requests in turn.

usage: key_timing.py [--samples N]

Wrong keys that differ from a right one in the first or in the last character; sessions of another tenant and such that never
were. Beside each pair the same request twice, as the floor of what this machine shows. Depends on the machine: no part of the
test suites."""

import argparse
import http.client
import math
import pathlib
import random
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "support"))

from harness import Gateway, Sandbox  # noqa: E402
from table import machine, note, report, row  # noqa: E402

# Of the dudect authors: below 4.5 nothing is seen, above 10 a leak is certain.
GATE = 4.5
KEPT = 0.8  # the fastest; the rest is the scheduler's


class Line:
    """One connection that stays open."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.connect()

    def time(self, path: str, key: str) -> int:
        begin = time.perf_counter_ns()
        self.connection.request("GET", path, headers={"X-Api-Key": key})
        self.connection.getresponse().read()
        return time.perf_counter_ns() - begin


def welch(first: list[int], second: list[int]) -> float:
    means = [statistics.fmean(values) for values in (first, second)]
    spread = sum(statistics.variance(values) / len(values) for values in (first, second))
    return abs(means[0] - means[1]) / math.sqrt(spread) if spread else 0.0


def compare(line: Line, first: tuple[str, str], second: tuple[str, str], samples: int) -> float:
    times: tuple[list[int], list[int]] = ([], [])
    for _ in range(200):
        line.time(*first)
        line.time(*second)
    for _ in range(2 * samples):
        which = random.getrandbits(1)
        times[which].append(line.time(*(second if which else first)))
    limit = sorted(times[0] + times[1])[int(KEPT * 2 * samples)]
    return welch(*([value for value in values if value <= limit] for values in times))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=20_000, help="of each kind")
    samples = parser.parse_args().samples
    host = machine()
    key = "globex-key-5f6a7b8c9d0e1f20"
    sandbox = Sandbox()
    sandbox.start()
    gateway = Gateway(sandbox, {"acme": "acme-key-1b2c3d4e5f6a7b8c", "globex": key})
    try:
        gateway.start()
        gateway.tenant("acme").post("/api/sessions", {"name": "of-acme", "start": False}, expect=201)
        line = Line(int(gateway.base.rsplit(":", 1)[1]))
        early, late = "X" + key[1:], key[:-1] + "X"
        pairs = {
            "key wrong early or late": (("/api/sessions", early), ("/api/sessions", late)),
            "session of another tenant or of nobody": (("/api/sessions/of-acme", key), ("/api/sessions/of-none", key)),
        }
        rows = []
        for name, (first, second) in pairs.items():
            floor, value = compare(line, first, first, samples), compare(line, first, second, samples)
            note(f"{name}: t = {value:.2f}, the same request twice: {floor:.2f}")
            rows += [row(f"{name}, the same twice", floor, "t"), row(name, value, "t", GATE)]
        return report("key_timing", host, rows, [f"{samples} samples of each kind, the slowest {100 - round(100 * KEPT)} % left out"])
    finally:
        gateway.clean()
        sandbox.stop()


if __name__ == "__main__":
    sys.exit(main())
