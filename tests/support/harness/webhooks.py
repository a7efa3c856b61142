"""A webhook endpoint that remembers everything it was sent."""

import hashlib
import hmac
import http.server
import json
import threading

from harness.waiting import Journal


class Delivery:
    """One request to the endpoint; `accepted` is false when the endpoint was told to fail."""

    def __init__(self, path: str, headers, body: bytes):
        self.path = path
        self.headers = headers
        self.body = body
        self.accepted = False
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
        self._rules: dict[str, object] = {}
        self._hanging: dict[str, threading.Event] = {}
        self.held = Journal()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):  # the name the base class calls
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                delivery = Delivery(self.path, self.headers, body)
                receiver._hold(delivery)
                status = receiver._next_status(delivery)
                delivery.accepted = status < 300
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    self.wfile.flush()
                except OSError:
                    return  # whoever asked is gone: to nobody was it delivered
                receiver.journal.append(delivery)

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

    def answer(self, name: str, rule):
        """From now on `rule(delivery)` says with which status `name` answers; None is 200."""
        with self._lock:
            self._rules["/" + name] = rule

    def hang(self, name: str):
        """From now on `name` takes requests and does not answer, until it recovers. They are in `held`, and in the journal
        only once they are answered."""
        with self._lock:
            self._hanging.setdefault("/" + name, threading.Event())

    def recover(self, name: str):
        """Forgets what was planned for `name`."""
        with self._lock:
            self._failures.pop("/" + name, None)
            self._rules.pop("/" + name, None)
            hanging = self._hanging.pop("/" + name, None)
        if hanging:
            hanging.set()

    def _hold(self, delivery: Delivery):
        with self._lock:
            hanging = self._hanging.get(delivery.path)
        if hanging:
            self.held.append(delivery)
            hanging.wait()

    def _next_status(self, delivery: Delivery) -> int:
        with self._lock:
            planned = self._failures.get(delivery.path)
            rule = self._rules.get(delivery.path)
            if planned:
                return planned.pop(0)
        return (rule(delivery) if rule else None) or 200

    def mark(self) -> int:
        return self.journal.mark()

    def deliveries(self, event: str | None = None, session: str | None = None, since: int = 0, path: str | None = None):
        return [entry for entry in self.journal.entries(since) if _matches(entry, event, session, path)]

    def wait(self, event: str, wanted=lambda delivery: True, seconds: float = 20, session: str | None = None, since: int = 0,
             what: str | None = None, path: str | None = None) -> Delivery:
        return self.journal.wait(lambda entry: _matches(entry, event, session, path) and wanted(entry), seconds,
                                 what or f"webhook {event} of {session or 'any session'}", since)

    def close(self):
        with self._lock:
            hanging, self._hanging = list(self._hanging.values()), {}
        for one in hanging:
            one.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _matches(entry: Delivery, event, session, path) -> bool:
    return ((event is None or entry.event == event) and (session is None or entry.session == session)
            and (path is None or entry.path == "/" + path))
