"""A webhook endpoint that writes down what it is told before it says so, and is strict about what it is told.

It answers 200 only when a delivery is recorded. Now and then it refuses one without recording it, which must then come
again; or it cuts the connection instead of answering, so that an event that was recorded comes again: it must then be the
same event to the byte.
"""

import hashlib
import http.server
import json
import random
import socket
import threading


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        pass  # a gateway that was killed in the middle of a request


class Recorder:
    def __init__(self, changed: threading.Condition, seed: int, trouble_one_in: int = 80):
        self.changed = changed
        self.deliveries = 0
        self.repeated = 0
        self.events: dict[str, dict] = {}  # event id: endpoint, name, number of its first arrival, body
        self.conflicts: list[tuple[bytes, bytes]] = []
        self.malformed: list[str] = []
        self.order: list[str] = []  # event ids in the order of their first arrival
        self.by_content: dict[tuple, set[str]] = {}  # (endpoint, event, content's id): event ids
        self._random = random.Random(seed)
        self._trouble_one_in = trouble_one_in
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):  # the name the base class calls
                # A sender that was killed within its headers looks like one without a body.
                length = int(self.headers.get("Content-Length", "-1"))
                body = self.rfile.read(length) if length >= 0 else b""
                if len(body) != length:
                    self.close_connection = True
                    return
                status = recorder.record(self.path[1:], body)
                if status == 0:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass  # what is recorded is the log

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def url(self, endpoint: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{endpoint}"

    def record(self, endpoint: str, body: bytes) -> int:
        """The status to answer with, or 0 for none."""
        with self.changed:
            trouble = self._random.randrange(self._trouble_one_in)
            if trouble == 1:
                return 503
            self.deliveries += 1
            try:
                event = json.loads(body)
                self._remember(endpoint, event, body)
            except (ValueError, KeyError, TypeError) as wrong:
                self.malformed.append(f"{type(wrong).__name__}: {wrong}: {body[:300]!r}")
            self.changed.notify_all()
            return 0 if trouble == 0 else 200

    def _remember(self, endpoint: str, event: dict, body: bytes):
        digest = hashlib.sha256(body).digest()
        known = self.events.get(event["id"])
        if known is not None:
            self.repeated += 1
            if known["digest"] != digest or known["endpoint"] != endpoint:
                self.conflicts.append((known["body"], body))
            return
        name = event["event"]
        payload = event.get("payload") or {}
        self.events[event["id"]] = {
            "endpoint": endpoint, "name": name, "digest": digest, "payload": payload, "number": len(self.order),
            "body": body,
        }
        self.order.append(event["id"])
        if name in ("message", "message.any", "message.waiting"):
            self.by_content.setdefault((endpoint, name, payload["id"]), set()).add(event["id"])
        elif name == "message.ack":
            self.by_content.setdefault((endpoint, name, (payload["id"], payload["ack"])), set()).add(event["id"])

    def has(self, endpoint: str, name: str, content) -> bool:
        return (endpoint, name, content) in self.by_content

    def payloads(self, endpoint: str, name: str) -> list[dict]:
        """In the order of first arrival."""
        return [self.events[number]["payload"] for number in self.order
                if self.events[number]["endpoint"] == endpoint and self.events[number]["name"] == name]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
