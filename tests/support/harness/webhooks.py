"""A webhook endpoint that remembers everything it was sent."""

import hashlib
import hmac
import http.server
import json
import threading

from harness.waiting import Journal


class Delivery:
    """One request to the endpoint; `accepted` is false when the endpoint was told to fail."""

    def __init__(self, path: str, headers, body: bytes, accepted: bool):
        self.path = path
        self.headers = headers
        self.body = body
        self.accepted = accepted
        self.json = json.loads(body)

    @property
    def event(self) -> str:
        return self.json.get("event", "")

    @property
    def session(self) -> str:
        return self.json.get("session", "")

    @property
    def payload(self) -> dict:
        return self.json.get("payload") or {}

    def signed_with(self, key: str) -> bool:
        wanted = hmac.new(key.encode(), self.body, hashlib.sha512).hexdigest()
        return (hmac.compare_digest(wanted, self.headers.get("X-Webhook-Hmac", ""))
                and self.headers.get("X-Webhook-Hmac-Algorithm") == "sha512")

    def __str__(self):
        return f"{self.path} {self.body[:300].decode('utf-8', 'replace')}"


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


class WebhookReceiver:
    """Listens on a free port of 127.0.0.1; `url(name)` gives an endpoint of its own per name."""

    def __init__(self):
        self.journal = Journal()
        self._lock = threading.Lock()
        self._failures: dict[str, list[int]] = {}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):  # the name the base class calls
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status = receiver._next_status(self.path)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.journal.append(Delivery(self.path, self.headers, body, status < 300))

            def log_message(self, *_):
                pass  # the journal is the log

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def url(self, name: str = "hook") -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}"

    def fail(self, name: str, *statuses: int):
        """The next requests to `name` are answered with these statuses, one each."""
        with self._lock:
            self._failures.setdefault("/" + name, []).extend(statuses)

    def recover(self, name: str):
        """Forgets the failures still planned for `name`."""
        with self._lock:
            self._failures.pop("/" + name, None)

    def _next_status(self, path: str) -> int:
        with self._lock:
            planned = self._failures.get(path)
            return planned.pop(0) if planned else 200

    def mark(self) -> int:
        return self.journal.mark()

    def deliveries(self, event: str | None = None, session: str | None = None, since: int = 0, path: str | None = None):
        return [entry for entry in self.journal.entries(since) if _matches(entry, event, session, path)]

    def wait(self, event: str, wanted=lambda delivery: True, seconds: float = 20, session: str | None = None, since: int = 0,
             what: str | None = None, path: str | None = None) -> Delivery:
        return self.journal.wait(lambda entry: _matches(entry, event, session, path) and wanted(entry), seconds,
                                 what or f"webhook {event} of {session or 'any session'}", since)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _matches(entry: Delivery, event, session, path) -> bool:
    return ((event is None or entry.event == event) and (session is None or entry.session == session)
            and (path is None or entry.path == "/" + path))
