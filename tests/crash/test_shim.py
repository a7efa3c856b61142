"""The preloaded library itself, with a program that writes two files."""

import os
import signal
import subprocess
import sys
import tempfile

from world import HarnessCase, main  # first: it knows where the harness is
from faults import Fault, Report

SECTORS = 64
SECTOR = 512

# Writes old content and syncs it, writes new content over and behind it, says so on a socket, syncs, and ends.
PROGRAM = f"""
import os, socket, sys
file = os.open(sys.argv[1] + "/data", os.O_RDWR | os.O_CREAT, 0o600)
os.pwrite(file, b"o" * {SECTOR * SECTORS}, 0)
os.fsync(file)
os.pwrite(file, b"n" * {SECTOR * SECTORS}, {SECTOR * SECTORS // 2})
ours, theirs = socket.socketpair()
ours.send(b"written")
os.fsync(file)
fresh = os.open(sys.argv[1] + "/fresh", os.O_RDWR | os.O_CREAT, 0o600)
os.pwrite(fresh, b"f", 0)
os.close(fresh)
ours.send(b"done")
"""


class ShimTest(HarnessCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wagate-shim-")
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.report = Report(os.path.join(self.folder, "report"))
        self.addCleanup(self.report.close)
        self.data = os.path.join(self.folder, "data")

    def run_under(self, fault: Fault) -> subprocess.CompletedProcess:
        os.makedirs(self.data, exist_ok=True)
        for name in os.listdir(self.data):
            os.unlink(os.path.join(self.data, name))
        self.report.clear()
        environment = os.environ | fault.environment() | {
            "WAGATE_CRASH_DIR": self.data, "WAGATE_CRASH_REPORT": self.report.path, "LD_PRELOAD": os.environ["WAGATE_CRASH_SHIM"]}
        return subprocess.run([sys.executable, "-c", PROGRAM, self.data], env=environment, capture_output=True, text=True, check=False)

    def content(self, name: str = "data") -> bytes:
        with open(os.path.join(self.data, name), "rb") as file:
            return file.read()

    def sectors(self) -> str:
        """A letter for each sector; o is old, n new, anything else must not be."""
        content = self.content()
        return "".join(chr(content[place]) if len(set(content[place:place + SECTOR])) == 1 else "?" for place in range(0, len(content), SECTOR))

    def test_calls_are_counted_by_class(self):
        done = self.run_under(Fault())
        self.assertEqual(done.returncode, 0, done.stderr)
        calls = self.report.calls()
        self.assertEqual((calls["write"], calls["sync"], calls["send"], calls["cut"]), (3, 2, 2, 0))
        self.assertEqual(self.report.fired, 0)

    def test_it_kills_before_and_after_the_chosen_call(self):
        half = SECTORS // 2
        for when, expected in (("before", "o" * SECTORS), ("after", "o" * half + "n" * SECTORS)):
            with self.subTest(when):
                done = self.run_under(Fault("kill", "write", 2, when))
                self.assertEqual((done.returncode, self.report.fired), (-signal.SIGKILL, 1))
                self.assertEqual(self.sectors(), expected)

    def test_a_power_loss_takes_back_only_what_was_not_synced(self):
        half = SECTORS // 2
        seen = set()
        for seed in range(1, 41):
            done = self.run_under(Fault("power", "send", 1, "after", seed=seed))
            self.assertEqual(done.returncode, -signal.SIGKILL)
            sectors = self.sectors()
            self.assertEqual(sectors[:half], "o" * half, "synced and not written since")
            self.assertLessEqual(set(sectors[half:SECTORS]), set("on"))
            self.assertLessEqual(set(sectors[SECTORS:]), set("n\0"), "new sectors are there, or zeros, or missing")
            self.assertGreaterEqual(len(sectors), SECTORS)
            seen.add(sectors)
        self.assertIn("o" * SECTORS, seen, "all was lost once")
        self.assertTrue(any("n" in sectors and "o" in sectors[half:] for sectors in seen), "a part was lost once")
        self.assertTrue(any(len(sectors) > SECTORS for sectors in seen), "the file stayed longer once")

    def test_a_power_loss_takes_nothing_back_that_was_synced(self):
        for seed in range(1, 21):
            self.run_under(Fault("power", "send", 2, "after", seed=seed))
            self.assertEqual(self.sectors(), "o" * (SECTORS // 2) + "n" * SECTORS)

    def test_a_new_file_that_was_never_synced_may_be_gone(self):
        there = set()
        for seed in range(1, 21):
            self.run_under(Fault("power", "send", 2, "after", seed=seed))
            there.add(os.path.exists(os.path.join(self.data, "fresh")))
        self.assertEqual(there, {True, False})

    def test_calls_fail_once_or_while_a_file_exists(self):
        done = self.run_under(Fault("EIO", "sync", 2))
        self.assertIn("[Errno 5]", done.stderr)
        self.assertEqual(self.report.fired, 1)
        trouble = os.path.join(self.folder, "trouble")
        fault = Fault("ENOSPC", "write", 1, while_exists=trouble)
        self.assertEqual(self.run_under(fault).returncode, 0)
        with open(trouble, "w", encoding="ascii"):
            self.assertIn("[Errno 28]", self.run_under(fault).stderr)


if __name__ == "__main__":
    main()
