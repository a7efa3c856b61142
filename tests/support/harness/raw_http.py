"""HTTP as bytes: what no client library would send, and what a server says to it."""

import socket
import ssl
import urllib.parse

from harness.waiting import SCALE


class RawAnswer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes):
        self.status = status
        self.headers = headers
        self.body = body


class RawClient:
    """One connection. Nothing is sent that the test did not write."""

    def __init__(self, base: str, seconds: float = 20, context: ssl.SSLContext | None = None, name: str = "localhost"):
        parsed = urllib.parse.urlsplit(base)
        self.host = parsed.netloc
        self.socket = socket.create_connection((parsed.hostname, parsed.port), timeout=seconds * SCALE)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname=name)
        self.pending = b""

    def send(self, data: bytes) -> "RawClient":
        self.socket.sendall(data)
        return self

    def read_all(self) -> bytes:
        """Until the server closes; a reset is an end too."""
        try:
            while chunk := self.socket.recv(65536):
                self.pending += chunk
        except ConnectionError:
            pass
        data, self.pending = self.pending, b""
        return data

    def answer(self) -> RawAnswer:
        """The next whole answer. EOFError when the server closes before it is there."""
        while b"\r\n\r\n" not in self.pending:
            self._more()
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        status = int(lines[0].split()[1])
        size = 0 if status in (101, 204, 304) or status < 200 else int(headers.get("content-length", "0"))
        while len(self.pending) < size:
            self._more()
        body, self.pending = self.pending[:size], self.pending[size:]
        return RawAnswer(status, headers, body)

    def _more(self):
        chunk = self.socket.recv(65536)
        if not chunk:
            raise EOFError("the server closed the connection")
        self.pending += chunk

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def statuses(data: bytes) -> list[int]:
    """Of all answers in what a server said until it closed."""
    found = []
    while data.startswith(b"HTTP/1.1 "):
        head, _, data = data.partition(b"\r\n\r\n")
        found.append(int(head[9:12]))
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                data = data[int(value):]
    return found
