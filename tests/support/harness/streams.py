"""Readers of the gateway's event streams: a minimal WebSocket client and server-sent events. Standard library only."""

import base64
import hashlib
import json
import os
import socket
import struct
import threading
import urllib.parse

from harness.waiting import SCALE, Journal

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Refused(AssertionError):
    """The gateway answered with something else than a stream."""

    def __init__(self, status: int, body: str):
        super().__init__(f"{status} {body[:600]}")
        self.status = status


class _Stream:
    """A connection whose events a thread puts into `journal` as they come."""

    def __init__(self, base: str, target: str, headers: dict[str, str], seconds: float):
        parsed = urllib.parse.urlsplit(base)
        self.journal = Journal()
        self._socket = socket.create_connection((parsed.hostname, parsed.port), timeout=seconds)
        lines = [f"GET {target} HTTP/1.1", f"Host: {parsed.netloc}"] + [f"{name}: {value}" for name, value in headers.items()]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._file = self._socket.makefile("rb")
        status = int(self._file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while (line := self._file.readline().strip()):
            name, _, value = line.decode().partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self._accept(status)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _accept(self, status: int):
        raise NotImplementedError

    def _read(self):
        """Puts what comes into the journal; returns at the end of the stream."""
        raise NotImplementedError

    def _refuse(self, status: int):
        body = self._file.read(int(self.headers.get("content-length", "0")))
        self.close()
        raise Refused(status, body.decode("utf-8", "replace"))

    def _run(self):
        why = "the stream ended"
        try:
            self._read()
        except (OSError, ValueError) as failure:
            why = f"the stream ended: {failure}"
        self.journal.close(why)

    def events(self) -> list[dict]:
        return self.journal.entries()

    def wait(self, wanted, seconds: float = 20, what: str = "an event of the stream", since: int = 0) -> dict:
        return self.journal.wait(wanted, seconds, what, since)

    def wait_message(self, text: str, seconds: float = 20) -> dict:
        return self.wait(lambda entry: entry["event"] == "message" and entry["payload"]["body"] == text, seconds, f"message {text!r}")

    def wait_end(self, seconds: float = 10):
        """Until the gateway has closed the stream."""
        self._thread.join(seconds * SCALE)
        if self._thread.is_alive():
            raise AssertionError(f"the stream is still open after {seconds} s")

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other side was faster
        self._socket.close()


class WebSocketStream(_Stream):
    """`/ws` of a gateway. Answers pings; `close_code` is what the gateway said when it ended the stream."""

    def __init__(self, base: str, key: str, seconds: float = 20, **query: str):
        self.close_code: int | None = None
        self._nonce = base64.b64encode(os.urandom(16)).decode()
        headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": self._nonce, "Sec-WebSocket-Version": "13",
                   "X-Api-Key": key}
        super().__init__(base, "/ws?" + urllib.parse.urlencode(query), headers, seconds)

    def _accept(self, status: int):
        if status != 101:
            self._refuse(status)
        wanted = base64.b64encode(hashlib.sha1((self._nonce + _GUID).encode()).digest()).decode()
        assert self.headers.get("sec-websocket-accept") == wanted, self.headers

    def _read(self):
        text = b""
        while True:
            kind, is_last, payload = self._frame()
            if kind == _CLOSE:
                self.close_code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                self._send(_CLOSE, payload[:2])
                return
            if kind == _PING:
                self._send(_PONG, payload)
            elif kind in (0, _TEXT):
                text += payload
                if is_last:
                    self.journal.append(json.loads(text))
                    text = b""

    def _frame(self) -> tuple[int, bool, bytes]:
        first, second = self._exactly(2)
        assert not second & 0x80, "a server does not mask"
        size = second & 0x7F
        if size == 126:
            size, = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            size, = struct.unpack("!Q", self._exactly(8))
        return first & 0x0F, bool(first & 0x80), self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise OSError("cut off")
        return data

    def _send(self, kind: int, payload: bytes):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self._socket.sendall(bytes([0x80 | kind, 0x80 | len(payload)]) + mask + masked)


class ServerSentEvents(_Stream):
    """`/api/v1/events/stream` of a gateway. Every entry has its cursor under "cursor"."""

    def __init__(self, base: str, key: str, last_event_id: str | None = None, seconds: float = 20, **query: str):
        headers = {"X-Api-Key": key, "Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        super().__init__(base, "/api/v1/events/stream?" + urllib.parse.urlencode(query), headers, seconds)

    def _accept(self, status: int):
        if status != 200 or not self.headers.get("content-type", "").startswith("text/event-stream"):
            self._refuse(status)

    def _read(self):
        fields: dict[str, str] = {}
        for line in self._lines():
            if not line:
                if "data" in fields:
                    entry = json.loads(fields["data"])
                    assert entry["event"] == fields["event"], fields
                    self.journal.append({**entry, "cursor": fields["id"]})
                fields = {}
                continue
            name, _, value = line.partition(":")
            if name:  # else a comment
                fields[name] = value.removeprefix(" ")

    def _lines(self):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            for line in self._file:
                yield line.decode().rstrip("\r\n")
            return
        rest = b""
        while (size := int(self._file.readline().split(b";")[0] or b"0", 16)) > 0:
            rest += self._file.read(size)
            self._file.readline()
            *whole, rest = rest.split(b"\n")
            for line in whole:
                yield line.decode().rstrip("\r")
