"""What the preloaded library is told: at which call of which class what happens. tests/crash/shim/shim.h has the names."""

import dataclasses
import mmap
import os
import random
import struct

CLASSES = ("write", "sync", "cut", "send", "receive")
NUMBERS = 8  # of 64 bits each, in the report


@dataclasses.dataclass(frozen=True)
class Fault:
    action: str = ""  # kill, power, EIO, ENOSPC; nothing: only count
    call_class: str = ""
    at: int = 0
    when: str = "before"
    always: bool = False
    while_exists: str = ""
    seed: int = 0

    def environment(self) -> dict[str, str]:
        return {
            "WAGATE_CRASH_DO": self.action, "WAGATE_CRASH_CLASS": self.call_class, "WAGATE_CRASH_AT": str(self.at),
            "WAGATE_CRASH_WHEN": self.when, "WAGATE_CRASH_ALWAYS": "1" if self.always else "",
            "WAGATE_CRASH_WHILE": self.while_exists, "WAGATE_CRASH_SEED": str(self.seed),
        }

    def __str__(self):
        return f"{self.action or 'nothing'} {self.when} {self.call_class} {self.at}, seed {self.seed}"


class Report:
    """What the library has counted in the present process."""

    def __init__(self, path: str):
        self.path = path
        with open(path, "wb") as file:
            file.write(b"\0" * 8 * NUMBERS)
        with open(path, "r+b") as file:
            self._page = mmap.mmap(file.fileno(), 8 * NUMBERS)

    def clear(self):
        self._page[:] = b"\0" * 8 * NUMBERS

    def _numbers(self):
        return struct.unpack(f"<{NUMBERS}Q", self._page[:])

    def calls(self) -> dict[str, int]:
        return dict(zip(CLASSES, self._numbers()))

    @property
    def fired(self) -> int:
        return self._numbers()[len(CLASSES)]

    @property
    def lost_sectors(self) -> int:
        return self._numbers()[len(CLASSES) + 1]

    def close(self):
        self._page.close()
        os.unlink(self.path)


def spread(action: str, count: int, calls: dict[str, int], seed: int, classes=CLASSES) -> list[Fault]:
    """`count` points of time, evenly over the classes and both sides of a call, and within each over all calls of a cycle."""
    chosen = random.Random(seed)
    kinds = [(name, when) for name in classes for when in ("before", "after") if calls.get(name, 0) > 0]
    points = []
    for place, (name, when) in enumerate(kinds):
        share = count // len(kinds) + (place < count % len(kinds))
        for number in range(share):
            # One point in each of `share` equal pieces of the cycle; a cycle has other numbers of calls each time.
            at = int((number + chosen.random()) * calls[name] / share) + 1
            points.append(Fault(action, name, at, when, seed=chosen.randrange(1, 1 << 30)))
    chosen.shuffle(points)
    return points
