"""A small HTTP client with JSON bodies."""

import http.client
import json
import urllib.parse


class Response:
    def __init__(self, status: int, headers, body: bytes):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body) if self.body else None

    def __str__(self):
        text = self.body[:600].decode("utf-8", "replace")
        return f"{self.status} {text}"


class Unexpected(AssertionError):
    """An answer with another status than the test demanded."""


class Api:
    """Requests against one base URL, with an optional API key. Each request is its own connection, so any thread may call."""

    def __init__(self, base: str, key: str | None = None, timeout: float = 40):
        self.base = base.rstrip("/")
        self.key = key
        self.timeout = timeout
        parsed = urllib.parse.urlsplit(self.base)
        self._host, self._port = parsed.hostname, parsed.port

    def request(self, method: str, path: str, body=None, headers: dict | None = None, raw: bytes | None = None) -> Response:
        sent = dict(headers or {})
        if self.key is not None:
            sent.setdefault("X-Api-Key", self.key)
        payload = raw
        if body is not None:
            payload = json.dumps(body).encode()
        if payload is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self.timeout)
        try:
            connection.request(method, path, payload, sent)
            answer = connection.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def call(self, method: str, path: str, body=None, expect=(200, 201), **more):
        """The JSON of an answer whose status must be among `expect`."""
        answer = self.request(method, path, body, **more)
        expected = (expect,) if isinstance(expect, int) else expect
        if answer.status not in expected:
            raise Unexpected(f"{method} {path} answered {answer}, expected {expected}")
        try:
            return answer.json()
        except ValueError:
            return answer.body

    def get(self, path: str, **more):
        return self.call("GET", path, **more)

    def post(self, path: str, body=None, **more):
        return self.call("POST", path, body, **more)

    def put(self, path: str, body=None, **more):
        return self.call("PUT", path, body, **more)

    def patch(self, path: str, body=None, **more):
        return self.call("PATCH", path, body, **more)

    def delete(self, path: str, **more):
        return self.call("DELETE", path, **more)
