"""Foreign clients as child processes that speak JSON lines: one process hosts any number of named clients.

To the process: {"id": n, "cmd": "connect", "client": "name", …}. From it: {"id": n, "ok": true, "result": …} or
{"id": n, "ok": false, "error": "…"}, and at any time {"event": "…", "client": "name", …}. Both peers understand the
same commands and report the same events; tests/interop/README.md lists them.
"""

import fcntl
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import threading

from harness.case import require
from harness.programs import Program
from harness.sandbox import Account, Sandbox

ROOT = pathlib.Path(__file__).resolve().parents[3]
INTEROP = ROOT / "tests" / "interop"


class PeerFailed(AssertionError):
    """A peer answered a command with an error."""


class Peer(Program):
    ready_events = ("open",)  # what a newly paired client reports before it is fully itself

    def __init__(self, name: str, command: list[str], env: dict[str, str] | None = None):
        super().__init__(name, command, env, stdin=True)
        self._ids = itertools.count(1)
        self._write = threading.Lock()

    def start(self):
        since = self.lines.mark()
        self.spawn()
        self.wait_json(lambda line: line.get("event") == "ready", 40, "ready line", since)
        return self

    def request(self, command: str, seconds: float = 30, **arguments):
        number = next(self._ids)
        since = self.lines.mark()
        line = json.dumps({"id": number, "cmd": command, **arguments})
        with self._write:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        answer = self.wait_json(lambda entry: entry.get("id") == number and "ok" in entry, seconds, f"answer to {command}", since)
        if not answer["ok"]:
            raise PeerFailed(f"{self.name}: {command} failed: {answer['error']}")
        return answer.get("result")

    def client(self, name: str) -> "PeerClient":
        return PeerClient(self, name)

    def send_file(self, client: "PeerClient", to: str, kind: str, path, seconds: float = 60, **fields) -> str:
        """Uploads a file and sends it as image, video, audio, document or sticker, with more fields of its message."""
        raise NotImplementedError

    def quit(self):
        """Ends the process; closing its standard input is the request."""
        if self.alive():
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass  # stop() below is less polite
        self.stop()


class PeerClient:
    """One client (a companion device) in a peer process."""

    def __init__(self, peer: Peer, name: str):
        self.peer = peer
        self.name = name
        self.jid = ""
        self.lid = ""

    def mark(self) -> int:
        return self.peer.lines.mark()

    def request(self, command: str, seconds: float = 30, **arguments):
        return self.peer.request(command, seconds, client=self.name, **arguments)

    def wait(self, event: str, wanted=lambda entry: True, seconds: float = 25, since: int = 0, what: str | None = None) -> dict:
        return self.peer.wait_json(
            lambda entry: entry.get("event") == event and entry.get("client") == self.name and wanted(entry), seconds,
            f"client {self.name}: {what or event}", since)

    def events(self, event: str, since: int = 0) -> list[dict]:
        found = []
        for line in self.peer.lines.entries(since):
            if line.startswith("{"):
                entry = json.loads(line)
                if entry.get("event") == event and entry.get("client") == self.name:
                    found.append(entry)
        return found

    # ------------------------------------------------------------------ life

    def connect(self, sandbox: Sandbox, **options):
        return self.request("connect", url=sandbox.ws, rootKey=sandbox.root_key, **options)

    def pair(self, sandbox: Sandbox, account: Account, **options):
        """Connects, lets the phone scan the QR and waits until the client is logged in."""
        since = self.mark()
        self.connect(sandbox, **options)
        code = self.wait("qr", since=since)["qr"]
        account.scan(code)
        self._opened(since)
        for event in self.peer.ready_events:
            self.wait(event, since=since)
        return self

    def _opened(self, since: int):
        opened = self.wait("open", since=since)
        self.jid, self.lid = opened["jid"], opened.get("lid") or ""

    def close(self):
        """Drops the connection and keeps the keys."""
        return self.request("disconnect")

    def reopen(self):
        since = self.mark()
        self.request("reconnect")
        self._opened(since)

    # ------------------------------------------------------------------ messages

    def send(self, to: str, text: str, quoted: str | None = None) -> str:
        arguments = {"quoted": quoted} if quoted else {}
        return self.request("send", to=to, text=text, **arguments)["id"]

    def send_content(self, to: str, content: dict, seconds: float = 30) -> str:
        """Sends content given in protobuf's JSON, spelled as Baileys spells it."""
        return self.request("relay", seconds, to=to, content=content)["id"]

    def call(self, method: str, *args, seconds: float = 30):
        """Any method of the library's client. Each library has its own."""
        return self.request("call", seconds, method=method, args=list(args)).get("value")

    def download(self, message_id: str, path, seconds: float = 60) -> dict:
        """Writes the file of a message to `path`; its `size` and `sha256` in hex."""
        return self.request("download", seconds, message=message_id, file=str(path))

    def read(self, message_id: str):
        return self.request("read", message=message_id)

    def wait_message(self, text: str, seconds: float = 25, since: int = 0) -> dict:
        return self.wait("message", lambda entry: entry.get("text") == text, seconds, since, f"message {text!r}")

    def wait_id(self, message_id: str, seconds: float = 25, since: int = 0, event: str = "message") -> dict:
        return self.wait(event, lambda entry: entry.get("id") == message_id, seconds, since, f"{event} {message_id}")

    def wait_target(self, event: str, message_id: str, wanted=lambda entry: True, seconds: float = 25, since: int = 0) -> dict:
        """What was done to a message: `reaction`, `edit`, `revoke`, `vote` or `answer`."""
        return self.wait(event, lambda entry: entry.get("target") == message_id and wanted(entry), seconds, since, f"{event} of {message_id}")

    def wait_raw(self, kind: str, wanted=lambda data: True, seconds: float = 25, since: int = 0):
        """The data of an event as the library gives it."""
        return self.wait("raw", lambda entry: entry.get("type") == kind and wanted(entry.get("data")), seconds, since, f"raw {kind}").get("data")

    def wait_receipt(self, message_id: str, kind: str, seconds: float = 25, since: int = 0) -> dict:
        """`kind`: server, delivered, inactive (delivered to a device that nobody looks at) or read."""
        return self.wait("receipt", lambda entry: message_id in entry["ids"] and entry["type"] == kind, seconds, since,
                         f"{kind} receipt of {message_id}")

    def wait_arrival(self, message_id: str, seconds: float = 25, since: int = 0) -> dict:
        return self.wait("receipt", lambda entry: message_id in entry["ids"] and entry["type"] in ("delivered", "inactive"), seconds, since,
                         f"receipt of {message_id} by a device")


def field(content, path: str):
    """What lies at a dotted path in protobuf's JSON, whatever the capitals of its keys; None when there is nothing. Numbers
    lead into lists."""
    for name in path.split("."):
        if isinstance(content, list):
            content = content[int(name)] if int(name) < len(content) else None
        elif isinstance(content, dict):
            content = next((value for key, value in content.items() if key.lower() == name.lower()), None)
        else:
            return None
    return content


class BaileysPeer(Peer):
    """Baileys with signature checks made real (strict.mjs) and everything but loopback refused (guard.mjs)."""

    def __init__(self, node_options: list[str] | None = None):
        folder = INTEROP / "baileys"
        node = require(shutil.which("node"), "node is not installed")
        _install_once(folder)
        super().__init__("baileys", [node, *(node_options or []), "--import", str(folder / "strict.mjs"), "--import", str(folder / "guard.mjs"),
                                     str(folder / "peer.mjs")])

    def signatures(self) -> dict:
        return self.request("stats")["signatures"]

    def send_file(self, client: PeerClient, to: str, kind: str, path, seconds: float = 60, **fields) -> str:
        content = {kind: {"url": str(path)}, **fields}
        return client.request("sendMessage", seconds, to=to, content=content)["id"]


class WhatsmeowPeer(Peer):
    """whatsmeow, which checks every signature itself."""

    ready_events = ("open", "synced")

    def __init__(self):
        super().__init__("whatsmeow", [str(_build_once())])

    def send_file(self, client: PeerClient, to: str, kind: str, path, seconds: float = 60, **fields) -> str:
        uploaded = client.request("upload", seconds, file=str(path), kind=kind)
        return client.send_content(to, {f"{kind}Message": uploaded | fields}, seconds)


def _install_once(folder: pathlib.Path):
    npm = require(shutil.which("npm"), "npm is not installed")
    with _locked("npm"):
        if not (folder / "node_modules" / "baileys").is_dir():
            done = subprocess.run([npm, "ci", "--legacy-peer-deps", "--ignore-scripts"], cwd=folder, capture_output=True, text=True)
            require(done.returncode == 0, f"npm ci in {folder} failed:\n{done.stderr}")


def _build_once() -> pathlib.Path:
    go = require(shutil.which("go"), "go is not installed")
    target = _peer_directory() / "whatsmeow-peer"
    environment = dict(os.environ, GOTOOLCHAIN="local", CGO_ENABLED="1")
    with _locked("go"):
        done = subprocess.run([go, "build", "-mod=readonly", "-o", str(target), "."], cwd=INTEROP / "whatsmeow", env=environment,
                              capture_output=True, text=True)
        require(done.returncode == 0, f"go build of the whatsmeow peer failed:\n{done.stderr}")
    return target


def _peer_directory() -> pathlib.Path:
    directory = pathlib.Path(os.environ.get("WAGATE_PEER_BUILD_DIR", ROOT / "build" / "peers"))
    directory.mkdir(parents=True, exist_ok=True)
    return directory


class _locked:
    """Serialises preparation between test programs that start at the same time."""

    def __init__(self, name: str):
        self._path = _peer_directory() / f"{name}.lock"

    def __enter__(self):
        self._file = open(self._path, "w", encoding="ascii")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self._file.close()
