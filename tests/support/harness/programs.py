"""Child processes with captured logs."""

import collections
import functools
import json
import os
import shutil
import signal
import subprocess
import threading
import weakref

from harness.waiting import SCALE, Journal, Timeout

_running = weakref.WeakSet()


class ProgramDied(AssertionError):
    """A child ended when nobody asked it to."""


def program_path(variable: str, name: str) -> str:
    """Where a program under test is: from the environment, else on the path."""
    found = shutil.which(os.environ.get(variable, name))
    if not found:
        raise AssertionError(f"{name} not found: set {variable} to its path")
    return found


class Program:
    """One child process. Its standard output arrives as lines in `lines`; the end of both outputs is kept for failure texts."""

    def __init__(self, name: str, command: list[str], env: dict[str, str] | None = None, stdin: bool = False, cwd=None):
        self.name = name
        self.command = command
        self.env = env
        self.lines = Journal()
        self.process: subprocess.Popen | None = None
        self._stdin = stdin
        self._cwd = cwd
        self._tail = collections.deque(maxlen=400)
        self.record: list[str] | None = None  # every whole line of both outputs, for a test that sets it
        self._readers: list[threading.Thread] = []

    # ------------------------------------------------------------------ life

    def spawn(self):
        assert not self.alive(), f"{self.name} runs already"
        self.lines.reopen()
        self.process = subprocess.Popen(
            self.command, env=self.env, cwd=self._cwd, stdin=subprocess.PIPE if self._stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace", bufsize=1)
        self._tail.append(f"--- started, pid {self.process.pid}")
        self._readers = [
            threading.Thread(target=self._read, args=(self.process, self.process.stdout, True), daemon=True),
            threading.Thread(target=self._read, args=(self.process, self.process.stderr, False), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        _running.add(self)

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self, seconds: float = 20) -> int:
        """Asks politely (SIGTERM) and returns the exit code; kills and fails when it does not end."""
        return self._end(signal.SIGTERM, seconds)

    def kill(self) -> int:
        """SIGKILL, as by the kernel or an operator in a hurry."""
        return self._end(signal.SIGKILL, 20)

    def signal(self, how: int):
        """SIGTERM without waiting, SIGSTOP, SIGCONT …"""
        self.process.send_signal(how)

    def _end(self, how: int, seconds: float) -> int:
        if self.process is None:
            return 0
        process = self.process
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(seconds * SCALE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise Timeout(f"{self.name} did not end within {seconds} s of signal {how}\n{self.tail()}") from None
        for reader in self._readers:
            reader.join(5)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    pass  # a broken pipe to a child that is gone
        self.process = None
        _running.discard(self)
        return process.returncode

    # ------------------------------------------------------------------ output

    def _read(self, process, pipe, is_output: bool):
        for line in pipe:
            line = line.rstrip("\n")
            self._tail.append(line[:600])
            if self.record is not None:
                self.record.append(line)
            if is_output:
                self.lines.append(line)
        if is_output:
            self.lines.close(f"{self.name} ended with code {process.wait()}")

    def tail(self, lines: int = 60) -> str:
        kept = list(self._tail)[-lines:]
        return f"----- last lines of {self.name} -----\n" + "\n".join(kept)

    def wait_json(self, wanted, seconds: float, what: str, since: int = 0) -> dict:
        """The first line of output that is a JSON object satisfying `wanted`."""
        line = self.lines.wait(lambda text: (value := _decode(text)) is not None and wanted(value), seconds,
                               f"{self.name}: {what}", since)
        return _decode(line)

    # ------------------------------------------------------------------ what it costs

    def memory(self) -> dict[str, int]:
        """smaps_rollup in bytes: Rss, Pss, Anonymous and so on."""
        figures = {}
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as file:
            for line in file.read().splitlines()[1:]:
                key, value = line.split(":", 1)
                figures[key] = int(value.split()[0]) * 1024
        return figures

    def cpu_seconds(self) -> float:
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@functools.lru_cache(maxsize=20_000)
def _decode(line: str) -> dict | None:
    """A line that is a JSON object. Every wait looks at every line, so each is decoded once; nobody changes what it gets."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def running() -> list[Program]:
    return list(_running)
