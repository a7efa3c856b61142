"""A network, a gateway that is made to die, sessions of two tenants, traffic, and a recorder of webhooks."""

import http.client
import os
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness import Gateway, HarnessCase, Sandbox, Session, Timeout, deadline, main  # noqa: E402
from harness.http import Api  # noqa: E402
from harness.waiting import SCALE  # noqa: E402

from faults import Fault, Report  # noqa: E402
from recorder import Recorder  # noqa: E402
from traffic import Line, Traffic  # noqa: E402

TENANTS = {"north": "north-key-0123456789", "south": "south-key-0123456789"}
SESSIONS = (("north", "sales"), ("north", "support"), ("south", "sales"))
CONTACTS = 3


class CrashGateway(Gateway):
    """`wagate serve` under the preloaded library."""

    def __init__(self, sandbox: Sandbox, report: Report, program: str | None = None):
        super().__init__(sandbox, TENANTS, env={"WAHA_LOG_LEVEL": os.environ.get("WAGATE_CRASH_LOG", "warn")})
        if program:
            self.command[0] = program
        self.report = report
        self.env |= {"WAGATE_CRASH_DIR": os.path.realpath(self._directory.name), "WAGATE_CRASH_REPORT": report.path,
                     "LD_PRELOAD": os.environ["WAGATE_CRASH_SHIM"]}
        self.data_dir = os.path.join(os.path.realpath(self._directory.name), "data")
        self.env["WAGATE_DATA_DIR"] = self.data_dir

    def launch(self, fault: Fault):
        self.report.clear()
        self.env |= fault.environment()
        self.spawn()

    def wait_listening(self, since: int, seconds: float = 20) -> bool:
        """False when it died before."""
        try:
            ready = self.wait_json(lambda line: line.get("event") == "listening", seconds, "listening line", since)
        except Timeout:
            if self.alive():
                raise
            return False
        self.base = ready["http"]
        self.api = Api(self.base, self.env["WAHA_API_KEY"])
        return True


class Unsettled(AssertionError):
    """Something that must arrive did not."""


class World:
    def __init__(self, seed: int, program: str | None = None, damages: bool = False):
        """`damages`: in every cycle one message to each session arrives damaged and has to be asked for again."""
        self.seed = seed
        self.damages = damages
        self.changed = threading.Condition()
        self.recorder = Recorder(self.changed, seed)
        self.restarts: list[float] = []  # seconds from start to all sessions WORKING
        self.fired: dict[str, int] = {}  # kill points by class and side
        self.missed = 0
        self.cycles = 0
        self.lost_sectors = 0
        self._folder = tempfile.TemporaryDirectory(prefix="wagate-crash-")
        self.report = Report(os.path.join(self._folder.name, "report"))
        self.sandbox = Sandbox()
        self.sandbox.start()
        self.gateway = CrashGateway(self.sandbox, self.report, program)
        self.lines: list[Line] = []
        self.traffic: Traffic | None = None

    def path(self, name: str) -> str:
        return os.path.join(self._folder.name, name)

    def close(self):
        if self.traffic:
            self.traffic.stop()
        if self.gateway.alive():
            self.gateway.kill()
        self.gateway.clean()
        self.sandbox.stop()
        self.recorder.close()
        self.report.close()
        self._folder.cleanup()

    # ------------------------------------------------------------------ before the crashes

    def prepare(self):
        """Pairs the sessions; every pair of talkers has exchanged something, so keys are in use."""
        self.gateway.launch(Fault())
        if not self.gateway.wait_listening(0):
            raise AssertionError(f"the gateway does not start\n{self.gateway.tail()}")
        for number, (tenant, name) in enumerate(SESSIONS):
            session = Session(self.gateway, self.recorder, name, tenant, endpoint=f"{tenant}-{name}")
            session.create(retries={"policy": "constant", "delaySeconds": 0, "attempts": 1000})
            contacts = [self.sandbox.account(pushName=f"Contact {number}-{place}", autoRead=place == 0) for place in range(CONTACTS)]
            account = self.sandbox.account(pushName=f"Owner {number}")
            self._pair(session, account)
            self.lines.append(Line(number, session, account, contacts))
        self.traffic = Traffic(self.lines, self.changed)
        self.traffic.gateway_is_at(self.gateway.base)
        self.traffic.grant(CONTACTS, CONTACTS)
        self.settle(15)
        self._set_faults()

    def _set_faults(self):
        """The network as it is: one session is told everything twice, another gets compressed stanzas."""
        for line, faults in zip(self.lines, ({}, {"duplicate": True}, {"compress": True})):
            if self.damages:
                faults = faults | {"undecryptable": 1}
            if faults:
                line.account.faults(**faults)

    def _pair(self, session: Session, account):
        account.scan(session.qr())
        self.poll(lambda: session.status() == "WORKING", 20, f"{session.name} WORKING")

    def poll(self, question, seconds: float, what: str):
        end = deadline(seconds)
        while not question():
            if time.monotonic() > end:
                raise Unsettled(f"{what}: not within {seconds} s")
            with self.changed:
                self.changed.wait(0.02)

    # ------------------------------------------------------------------ one life of the gateway

    def cycle(self, fault: Fault, sends: int = 4, inbound: int = 4, settle_seconds: float = 20):
        """Starts the gateway, lets traffic run, and sees it die by `fault`; or stops it when everything has arrived."""
        self.cycles += 1
        half = inbound // 2
        if self.damages:
            self._set_faults()
        self.traffic.grant(sends, half)
        is_up = self.start(fault)
        self.traffic.grant(0, inbound - half)
        if is_up:
            self.settle(settle_seconds, or_death=True)
        self.end()
        if self.report.fired > 0:
            kind = f"{fault.when} {fault.call_class}"
            self.fired[kind] = self.fired.get(kind, 0) + 1
            self.lost_sectors += self.report.lost_sectors
        else:
            self.missed += 1

    def start(self, fault: Fault) -> bool:
        """Whether all sessions became WORKING before the gateway died."""
        since = self.gateway.lines.mark()
        started = time.monotonic()
        self.gateway.launch(fault)
        if not self.gateway.wait_listening(since):
            return False
        self.traffic.gateway_is_at(self.gateway.base)
        if not self.wait_working():
            return False
        self.restarts.append(time.monotonic() - started)
        return True

    def end(self):
        """Asks a gateway that still lives to stop, in which it may yet meet its fault."""
        self.traffic.gateway_is_at(None)
        code = self.gateway.stop()
        if self.report.fired == 0 and code != 0:
            raise Unsettled(f"the gateway ended by itself, code {code}\n{self.gateway.tail()}")

    def wait_working(self, seconds: float = 20) -> bool:
        """Until all sessions are WORKING; false when the gateway died before."""
        waiting = list(self.lines)
        end = deadline(seconds)
        while waiting:
            if not self.gateway.alive():
                return False
            try:
                waiting = [line for line in waiting if line.session.status() != "WORKING"]
            except (OSError, ValueError, AssertionError, http.client.HTTPException):
                if self.gateway.alive() and time.monotonic() > end:
                    raise
            if not waiting:
                return True
            if time.monotonic() > end:
                raise Unsettled("sessions are not WORKING: " + ", ".join(f"{line.session.name} {line.session.status()}" for line in waiting))
            with self.changed:
                self.changed.wait(0.01)
        return True

    def settle(self, seconds: float, or_death: bool = False):
        """Until everything that was granted is sent and has arrived everywhere as an event."""
        end = deadline(seconds)
        with self.changed:
            while True:
                missing = self.missing()
                if not missing or self.traffic.violations:
                    return
                if or_death and not self.gateway.alive():
                    return
                if time.monotonic() > end:
                    raise Unsettled(f"after {seconds * SCALE:.0f} s there is still no {missing}")
                self.changed.wait(0.05)

    def missing(self) -> str:
        """One thing that has not arrived yet; nothing when all has."""
        if not self.traffic.is_idle():
            return "end of the traffic"
        for line in self.lines:
            for entries, is_there, what in (
                (line.inbound, self._has_message, "message event"),
                (line.own, self._has_own, "message.any event"),
                (line.sends, self._has_delivery, "delivery acknowledgement"),
            ):
                # What has arrived stays so: only the rest is looked at.
                place = line.arrived.get(what, 0)
                while place < len(entries) and is_there(line, entries[place]):
                    place += 1
                line.arrived[what] = place
                if place < len(entries):
                    return f"{what} of {line.endpoint} for {entries[place]['text'][:20]!r}"
        return ""

    def _has_message(self, line: Line, entry: dict) -> bool:
        return self.recorder.has(line.endpoint, "message", f"false_{entry['contact'].chat_id}_{entry['id']}")

    def _has_own(self, line: Line, entry: dict) -> bool:
        return self.recorder.has(line.endpoint, "message.any", f"true_{entry['contact'].chat_id}_{entry['id']}")

    def _has_delivery(self, line: Line, entry: dict) -> bool:
        return self.recorder.has(line.endpoint, "message.ack", (f"true_{entry['contact'].chat_id}_{entry['id']}", 2))
