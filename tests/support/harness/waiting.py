"""Deadlines and conditions. WAGATE_TEST_TIME_SCALE stretches every deadline (sanitizers, slow machines)."""

import os
import threading
import time

SCALE = float(os.environ.get("WAGATE_TEST_TIME_SCALE", "1"))


class Timeout(AssertionError):
    """A condition did not become true in time; the text says which, and what was seen instead."""


def deadline(seconds: float) -> float:
    """The moment, on the monotonic clock, that lies `seconds` (scaled) ahead."""
    return time.monotonic() + seconds * SCALE


def wait_until(question, seconds: float, what: str, seen=None, interval: float = 0.02):
    """Asks `question` until it answers something true and returns that. For things that can only be asked for."""
    end = deadline(seconds)
    pause = threading.Event()
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() >= end:
            raise Timeout(f"{what}: not within {seconds} s" + (f"; last seen: {seen()}" if seen else ""))
        pause.wait(interval)


class Journal:
    """An append-only list that threads wait on."""

    def __init__(self):
        self._entries = []
        self._changed = threading.Condition()
        self._closed = None

    def append(self, entry):
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()

    def close(self, why: str):
        """Nothing will be added any more; waiters fail at once with `why`."""
        with self._changed:
            self._closed = why
            self._changed.notify_all()

    def reopen(self):
        with self._changed:
            self._closed = None

    def mark(self) -> int:
        """A position: waits and lists can start from it."""
        with self._changed:
            return len(self._entries)

    def entries(self, since: int = 0) -> list:
        with self._changed:
            return self._entries[since:]

    def wait(self, wanted, seconds: float, what: str, since: int = 0, describe=str):
        """The first entry at or after `since` that satisfies `wanted`."""
        end = deadline(seconds)
        next_index = since
        with self._changed:
            while True:
                while next_index < len(self._entries):
                    entry = self._entries[next_index]
                    next_index += 1
                    if wanted(entry):
                        return entry
                left = end - time.monotonic()
                if left <= 0 or self._closed:
                    tail = "\n".join("    " + describe(entry) for entry in self._entries[since:][-12:]) or "    (nothing)"
                    reason = self._closed or f"not within {seconds} s"
                    raise Timeout(f"{what}: {reason}; seen since:\n{tail}")
                self._changed.wait(left)

    def wait_count(self, wanted, count: int, seconds: float, what: str, since: int = 0, describe=str) -> list:
        """All entries that satisfy `wanted`, once there are at least `count`."""
        end = deadline(seconds)
        with self._changed:
            while True:
                found = [entry for entry in self._entries[since:] if wanted(entry)]
                if len(found) >= count:
                    return found
                left = end - time.monotonic()
                if left <= 0 or self._closed:
                    tail = "\n".join("    " + describe(entry) for entry in found[-12:]) or "    (nothing)"
                    reason = self._closed or f"not within {seconds} s"
                    raise Timeout(f"{what}: {len(found)} of {count}, {reason}; matching:\n{tail}")
                self._changed.wait(left)
