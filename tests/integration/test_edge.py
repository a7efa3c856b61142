"""The HTTP edge: what the server reads, refuses and survives, by bytes on a socket."""

import base64
import http.server
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

from world import GatewayCase  # first: it knows where the harness is
from harness import main
from harness.browser import open_page
from harness.case import require
from harness.gateway import ADMIN_KEY
from harness.raw_http import RawClient, statuses
from harness.waiting import SCALE

KEY = ADMIN_KEY.encode()
SMUGGLED = b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"  # must never be taken for a request of its own


def post(*fields: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1", target: bytes = b"/api/sendText") -> bytes:
    """A POST whose fields are exactly these."""
    return b"POST " + target + b" " + version + b"\r\nX-Api-Key: " + KEY + b"\r\n" + b"".join(f + b"\r\n" for f in fields) + b"\r\n" + body


def ask_health(gateway, base: str = "") -> subprocess.CompletedProcess:
    """`wagate health` with the daemon's settings."""
    env = gateway.env | {"WAGATE_LISTEN": (base or gateway.base).partition("://")[2]}
    return subprocess.run([gateway.command[0], "health"], env=env, capture_output=True, text=True, timeout=60, check=False)


HOST = b"Host: localhost"
CHUNKED = b"Transfer-Encoding: chunked"

# name: bytes. Each is answered 400, the connection is closed, and what stands behind it is never a request.
MALFORMED = {
    "length and chunks": post(HOST, b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n"),
    "chunks and length": post(HOST, CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n"),
    "the same length twice": post(HOST, b"Content-Length: 2", b"Content-Length: 2", body=b"{}"),
    "two lengths": post(HOST, b"Content-Length: 0", b"Content-Length: 41"),
    "a list of lengths": post(HOST, b"Content-Length: 2, 2", body=b"{}"),
    "a length with a plus": post(HOST, b"Content-Length: +2", body=b"{}"),
    "a length with a minus": post(HOST, b"Content-Length: -2", body=b"{}"),
    "a hexadecimal length": post(HOST, b"Content-Length: 0x2", body=b"{}"),
    "a length with a blank in it": post(HOST, b"Content-Length: 1 2", body=b"{}"),
    "a length with a point": post(HOST, b"Content-Length: 2.0", body=b"{}"),
    "an empty length": post(HOST, b"Content-Length:", body=b"{}"),
    "a length beyond 64 bits": post(HOST, b"Content-Length: 18446744073709551618", body=b"{}"),
    "a length in other digits": post(HOST, "Content-Length: ٢".encode(), body=b"{}"),
    "a folded field": post(HOST, b"X-A: b\r\n c", b"Content-Length: 0"),
    "a folded coding": post(HOST, b"Transfer-Encoding:\r\n chunked", body=b"0\r\n\r\n"),
    "a first field that is folded": b"GET /ping HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "line ends of LF": b"GET /ping HTTP/1.1\nHost: localhost\n\n",
    "one line end of LF": b"GET /ping HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\r\n",
    "a CR in a value": post(HOST, b"X-A: b\rTransfer-Encoding: chunked", b"Content-Length: 0"),
    "a blank before the colon": post(HOST, b"Content-Length : 2", body=b"{}"),
    "a tab before the colon": post(HOST, b"Transfer-Encoding\t: chunked", body=b"0\r\n\r\n"),
    "a field without a name": post(HOST, b": x", b"Content-Length: 0"),
    "a field without a colon": post(HOST, b"Content-Length", b"Content-Length: 0"),
    "a name with a bracket": post(HOST, b"X[A]: x"),
    "a NUL in a value": post(HOST, b"X-A: a\x00b"),
    "a NUL in a name": post(HOST, b"X-\x00A: b"),
    "a control character in a value": post(HOST, b"X-A: a\x0bb"),
    "a vertical tab before the coding": post(HOST, b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
    "a delete character": post(HOST, b"X-A: a\x7f"),
    "another coding": post(HOST, b"Transfer-Encoding: gzip", body=b"0\r\n\r\n"),
    "two codings": post(HOST, b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "chunked twice": post(HOST, b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
    "the coding in two fields": post(HOST, CHUNKED, b"Transfer-Encoding: identity", body=b"0\r\n\r\n"),
    "a coding that looks like it": post(HOST, b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "an empty coding": post(HOST, b"Transfer-Encoding:", body=b"0\r\n\r\n"),
    "a coding in quotes": post(HOST, b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"),
    "chunks in HTTP/1.0": post(HOST, CHUNKED, body=b"0\r\n\r\n", version=b"HTTP/1.0"),
    "a chunk without a size": post(HOST, CHUNKED, body=b"\r\n\r\n"),
    "a chunk size with a sign": post(HOST, CHUNKED, body=b"+2\r\n{}\r\n0\r\n\r\n"),
    "a chunk size with 0x": post(HOST, CHUNKED, body=b"0x2\r\n{}\r\n0\r\n\r\n"),
    "a chunk size with blanks": post(HOST, CHUNKED, body=b"2 \r\n{}\r\n0\r\n\r\n"),
    "a chunk size that is too long": post(HOST, CHUNKED, body=b"000000002\r\n{}\r\n0\r\n\r\n"),
    "a chunk size that overflows": post(HOST, CHUNKED, body=b"ffffffffffffffff2\r\n{}\r\n0\r\n\r\n"),
    "a chunk extension": post(HOST, CHUNKED, body=b"2;a=b\r\n{}\r\n0\r\n\r\n"),
    "a chunk extension with LF": post(HOST, CHUNKED, body=b"2;\n{}\r\n0\r\n\r\n"),
    "a chunk that ends with LF": post(HOST, CHUNKED, body=b"2\n{}\r\n0\r\n\r\n"),
    "a chunk longer than its size": post(HOST, CHUNKED, body=b"1\r\n{}\r\n0\r\n\r\n"),
    "a trailer": post(HOST, CHUNKED, body=b"0\r\nX-Api-Key: other\r\n\r\n"),
    "a trailer with a length": post(HOST, CHUNKED, body=b"0\r\nContent-Length: 41\r\n\r\n"),
    "HTTP/0.9": b"GET /ping\r\n\r\n",
    "no version": b"GET /ping \r\nHost: localhost\r\n\r\n",
    "HTTP/2.0": b"GET /ping HTTP/2.0\r\nHost: localhost\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/1.2": b"GET /ping HTTP/1.2\r\nHost: localhost\r\n\r\n",
    "a version in small letters": b"GET /ping http/1.1\r\nHost: localhost\r\n\r\n",
    "two blanks": b"GET  /ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a tab for a blank": b"GET\t/ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a blank in the target": b"GET /pi ng HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a NUL in the target": b"GET /ping\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a fragment in the target": b"GET /ping#x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a target without a slash": b"GET ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "CONNECT": b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an empty line first": b"\r\nGET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no Host": b"GET /ping HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /ping HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    "an empty Host": b"GET /ping HTTP/1.1\r\nHost:\r\n\r\n",
    "a Host with a path": b"GET /ping HTTP/1.1\r\nHost: localhost/x\r\n\r\n",
    "a Host with a user": b"GET /ping HTTP/1.1\r\nHost: a@localhost\r\n\r\n",
    "a list of Hosts": b"GET /ping HTTP/1.1\r\nHost: localhost, evil\r\n\r\n",
    "a Host with a wrong port": b"GET /ping HTTP/1.1\r\nHost: localhost:99x\r\n\r\n",
    "another host in the target": b"GET http://evil/ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a target of another scheme": b"GET ftp://localhost/ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a user in the target": b"GET http://a@localhost/ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a method with a separator": b"GE(T /ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a method that is too long": b"G" * 40 + b" /ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
}

# name: (bytes, the status of each answer); the connection stays good, so that a further request is answered.
WELL_FORMED = {
    "the target with its host": (b"GET http://localhost/ping HTTP/1.1\r\nHost: localhost\r\n\r\n", [200]),
    "the target with its host and no path": (b"GET http://localhost?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n", [200]),
    "an upgrade to h2c is not taken": (b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                       b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", [200]),
    "two requests at once": (SMUGGLED * 2, [200, 200]),
    "no blank behind the colon": (b"GET /ping HTTP/1.1\r\nHost:localhost\r\n\r\n", [200]),
    "blanks around a value": (b"GET /ping HTTP/1.1\r\nHost: \t localhost \t\r\n\r\n", [200]),
    "bytes above ASCII in a value": ("GET /ping HTTP/1.1\r\nHost: localhost\r\nX-Name: é\r\n\r\n".encode(), [200]),
    "a body of GET is read": (b"GET /ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nGET /", [200]),
    "a length of nothing": (b"GET /ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", [200]),
    "chunks in capital letters": (post(HOST, b"transfer-encoding: Chunked", body=b"2\r\n{}\r\n0\r\n\r\n"), [400]),  # no text to send
    "an unknown method": (b"BREW /ping HTTP/1.1\r\nHost: localhost\r\n\r\n", [405]),
}


class SmugglingTest(GatewayCase):
    """A request is read in one way, or not at all."""

    def test_what_may_be_read_in_two_ways_is_refused_and_ends_the_connection(self):
        for name, data in MALFORMED.items():
            with self.subTest(name), RawClient(self.gateway.base) as client:
                said = client.send(data + SMUGGLED).read_all()
                self.assertEqual(statuses(said), [400], said[:300])

    def test_the_same_byte_by_byte(self):
        for name in ("length and chunks", "a folded field", "a chunk extension", "a trailer", "two Hosts"):
            with self.subTest(name), RawClient(self.gateway.base) as client:
                client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    for byte in MALFORMED[name]:
                        client.send(bytes([byte]))
                except ConnectionError:
                    pass  # refused before the last byte
                self.assertEqual(statuses(client.read_all()), [400])

    def test_what_can_be_read_in_one_way_is_read(self):
        for name, (data, expected) in WELL_FORMED.items():
            with self.subTest(name), RawClient(self.gateway.base) as client:
                client.send(data)
                self.assertEqual([client.answer().status for _ in expected], expected)
                self.assertEqual(client.send(SMUGGLED).answer().status, 200)

    def test_http_1_0_is_answered_and_closed(self):
        with RawClient(self.gateway.base) as client:
            self.assertEqual(statuses(client.send(b"GET /ping HTTP/1.0\r\n\r\n").read_all()), [200])

    def test_a_trailer_does_not_become_a_field(self):
        with RawClient(self.gateway.base) as client:
            said = client.send(b"POST /api/sendText HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                               b"0\r\nX-Api-Key: " + KEY + b"\r\n\r\n" + SMUGGLED).read_all()
            self.assertEqual(statuses(said), [401])


class EdgeLimitsTest(GatewayCase):
    """Each limit has its status, and the server goes on."""

    @classmethod
    def environment(cls) -> dict[str, str]:
        return {"WAGATE_HTTP_HEADER_SECONDS": "2", "WAGATE_HTTP_BODY_SECONDS": "2", "WAGATE_HTTP_WRITE_SECONDS": "3", "WAGATE_HTTP_IDLE_SECONDS": "4"}

    def _status(self, data: bytes) -> int:
        with RawClient(self.gateway.base) as client:
            return statuses(client.send(data).read_all())[0]

    def test_heads(self):
        line = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        self.assertEqual(self._status(line + b"X-A: " + b"a" * 30_000 + b"\r\n\r\n"), 200)
        self.assertEqual(self._status(line + b"X-A: " + b"a" * 33_000 + b"\r\n\r\n"), 431)
        self.assertEqual(self._status(line + b"X-A: b\r\n" * 98 + b"\r\n"), 200)
        self.assertEqual(self._status(line + b"X-A: b\r\n" * 99 + b"\r\n"), 431)
        self.assertEqual(self._status(b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"), 414)
        self.assertEqual(self._status(b"GET /" + b"a" * 100_000), 414)
        self.assertEqual(self._status(post(HOST, b"Expect: a-cookie", b"Content-Length: 0")), 417)

    def test_bodies(self):
        self.assertEqual(self._status(post(HOST, b"Content-Length: 1048577")), 413)
        self.assertEqual(self._status(post(HOST, b"Content-Length: 999999999999999999")), 413)
        self.assertEqual(self._status(post(HOST, CHUNKED, body=b"fffffff\r\n")), 413)
        media = post(HOST, b"Content-Length: 2000000", b"Expect: 100-continue", target=b"/api/sendImage")
        with RawClient(self.gateway.base) as client:
            self.assertEqual(client.send(media).answer().status, 100)
        self.assertEqual(self._status(post(HOST, b"Content-Length: 200000000", target=b"/api/sendImage")), 413)

    def test_kinds_of_bodies(self):
        form = b"--b\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\nx\r\n--b--\r\n"
        for kind in (b"multipart/form-data; boundary=b", b"multipart/form-data", b"multipart/mixed; boundary=" + b"b" * 1000,
                     b"application/x-www-form-urlencoded"):
            with self.subTest(kind=kind[:40]):
                size = b"Content-Length: %d" % len(form)
                self.assertEqual(self._status(post(HOST, b"Content-Type: " + kind, size, body=form, target=b"/api/sendFile")), 415)

    def test_json(self):
        deep = lambda levels: b'{"session":"default","chatId":"1","text":' + b"[" * levels + b"]" * levels + b"}"
        for name, body in {
            "too deep": deep(64), "far too deep": deep(400_000), "only brackets": b"[" * 900_000, "open objects": b'{"a":' * 150_000,
            "too many values": b"[" + b"0," * 200_000 + b"0]", "cut off": b'{"session":"default"', "two documents": b"{}{}",
            "a comment": b"{/* */}", "a trailing comma": b'{"a":1,}', "a NUL": b'{"a":"\x00"}', "broken UTF-8": b'{"a":"\xff\xfe"}',
            "an overlong form": b'{"a":"\xc0\xaf"}', "half a surrogate": b'{"a":"\xed\xa0\x80"}', "NaN": b'{"a":NaN}',
            "a huge exponent": b'{"a":1e}', "a byte order mark": b"\xef\xbb\xbf{}", "nothing": b"", "a number": b"1", "an array": b"[]",
        }.items():
            with self.subTest(name):
                answer = self.gateway.api.request("POST", "/api/sendText", raw=body)
                self.assertEqual(answer.status, 400, answer)
        self.assertEqual(self.gateway.api.request("POST", "/api/sendText", raw=deep(60)).status, 400)  # text is no list
        self.assertEqual(self.gateway.api.request("GET", "/ping").status, 200)

    def test_slow_heads_and_bodies_are_cut_off(self):
        begin = time.monotonic()
        with RawClient(self.gateway.base) as head, RawClient(self.gateway.base) as body, RawClient(self.gateway.base) as silent:
            head.send(b"GET /ping HTTP/1.1\r\n")
            body.send(post(HOST, b"Content-Length: 1000"))
            stop = threading.Event()

            def trickle(client: RawClient, data: bytes):
                try:
                    while not stop.wait(0.1):
                        client.send(data)
                except OSError:
                    pass  # cut off, as it should be

            threads = [threading.Thread(target=trickle, args=(head, b"X-A: b\r\n"), daemon=True), threading.Thread(target=trickle, args=(body, b" "), daemon=True)]
            for thread in threads:
                thread.start()
            self.assertEqual(statuses(head.read_all()), [408])
            self.assertEqual(statuses(body.read_all()), [408])
            self.assertEqual(silent.read_all(), b"")
            stop.set()
            for thread in threads:
                thread.join()
        self.assertGreater(time.monotonic() - begin, 2)

    def test_a_client_that_does_not_read_is_dropped(self):
        with RawClient(self.gateway.base) as client:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with self.assertRaises(OSError):  # reset, or nothing more can be written
                deadline = time.monotonic() + 20 * SCALE
                while time.monotonic() < deadline:
                    client.send(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
                    time.sleep(0.05)
        self.assertEqual(self.gateway.api.request("GET", "/ping").status, 200)

    def test_answers_say_how_they_are_to_be_taken(self):
        for path, key in (("/ping", ""), ("/api/sessions", ADMIN_KEY), ("/api/sessions", "wrong"), ("/nothing", ""), ("/", ""), ("/openapi.json", "")):
            with self.subTest(path=path):
                headers = self.gateway.api.request("GET", path, headers={"X-Api-Key": key}).headers
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
                self.assertEqual(headers["Referrer-Policy"], "no-referrer")
                self.assertIsNone(headers["Server"])
                self.assertIn(headers["Cache-Control"], ("no-cache",) if path == "/" else ("no-store",))


class AddressCapTest(GatewayCase):
    @classmethod
    def environment(cls) -> dict[str, str]:
        return {"WAGATE_HTTP_CONNECTIONS_PER_ADDRESS": "20", "WAGATE_HTTP_UNCAPPED_NETWORKS": "10.0.0.0/8", "WAGATE_HTTP_CONNECTIONS": "50"}

    def test_one_address_gets_its_share(self):
        clients = [RawClient(self.gateway.base) for _ in range(20)]
        try:
            for client in clients:
                self.assertEqual(client.send(SMUGGLED).answer().status, 200)
            with RawClient(self.gateway.base) as further:
                said = further.read_all()
            self.assertEqual(statuses(said), [429])
            self.assertIn(b"Retry-After:", said)
        finally:
            for client in clients:
                client.close()


class TraversalTest(GatewayCase):
    """No path leads out of the folder of media."""

    def test_no_spelling_of_a_path_gives_a_file(self):
        secret = pathlib.Path(self.gateway.data_dir, "secret.jpg")
        secret.write_bytes(b"top secret")
        media = pathlib.Path(self.gateway.data_dir, "media")
        media.mkdir(exist_ok=True)
        (media / "link.jpg").symlink_to(secret)
        steps = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%252f", "%252e%252e%252f", "..%5c", "..\\", "....//", "..;/", "..%c0%af", "..%u2215",
                 "..%ef%bc%8f", ".%00./", "/", "%2f", "file:", "//")
        for step in steps:
            for times in (1, 2, 6):
                for name in ("secret.jpg", "wagate.db", "link.jpg", "etc/passwd", "media/link.jpg"):
                    for prefix in ("/api/files/default/", "/api/files/", "/api/v1/files/default/default/"):
                        with RawClient(self.gateway.base) as client:
                            target = (prefix + step * times + name).encode()
                            said = client.send(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Api-Key: " + KEY + b"\r\n\r\n").read_all()
                        self.assertIn(statuses(said)[0], (400, 403, 404, 422), target)
                        for found in (b"top secret", b"SQLite format", b"root:"):
                            self.assertNotIn(found, said, target)


class FloodTest(GatewayCase):
    """Many clients that want nothing good; meanwhile others are served and the memory stays bounded."""

    def _served(self, times: int = 20):
        for _ in range(times):
            with RawClient(self.gateway.base) as client:
                self.assertEqual(client.send(SMUGGLED).answer().status, 200)

    def _open(self, count: int, first: bytes) -> list[socket.socket]:
        host, port = self.gateway.base.removeprefix("http://").split(":")
        found = []
        for _ in range(count):
            found.append(socket.create_connection((host, int(port)), timeout=30 * SCALE))
            if first:
                found[-1].sendall(first)
        return found

    def test_five_thousand_idle_and_slow_clients(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8_192)), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self._served()
        before = self.gateway.memory()["Rss"]
        clients: list[socket.socket] = []
        try:
            clients += self._open(4_000, b"")
            clients += self._open(500, b"GET /ping HTTP/1.1\r\nHost: local")
            clients += self._open(500, post(HOST, b"Content-Length: 100000", body=b"{"))
            self._served()
            # What a connection that waits may cost; docs/architecture.md says it.
            self.assertLess(self.gateway.memory()["Rss"] - before, 5_000 * 24 * 1024)
        finally:
            for client in clients:
                client.close()
        self._served()

    def test_a_hundred_thousand_tiny_requests(self):
        self._served()
        before = self.gateway.memory()["Rss"]
        failures: list[str] = []

        def flood():
            try:
                with RawClient(self.gateway.base) as client:
                    for _ in range(250):
                        client.send(SMUGGLED * 100)
                        for _ in range(100):
                            if client.answer().status != 200:
                                failures.append("not 200")
            except (OSError, EOFError) as failure:
                failures.append(str(failure))

        threads = [threading.Thread(target=flood, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self._served(1)
        self.assertEqual(failures, [])
        self.assertLess(self.gateway.memory()["Rss"] - before, 64 << 20)


def frame(kind: int, payload: bytes = b"", last: bool = True, masked: bool = True, reserved: int = 0, size: int | None = None) -> bytes:
    head = bytes([(0x80 if last else 0) | reserved | kind])
    length = len(payload) if size is None else size
    mask = b"\x01\x02\x03\x04" if masked else b""
    bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", length)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", length)
    return head + mask + (bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)) if masked else payload)


class WebSocketEdgeTest(GatewayCase):
    def _upgrade(self, *fields: bytes, target: bytes = b"/ws", key: bool = True) -> RawClient:
        client = RawClient(self.gateway.base)
        self.addCleanup(client.close)
        lines = [b"GET " + target + b" HTTP/1.1", b"Host: " + client.host.encode(), b"Upgrade: websocket", b"Connection: Upgrade",
                 b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)), *fields]
        if key:
            lines.append(b"X-Api-Key: " + KEY)
        return client.send(b"\r\n".join(lines) + b"\r\n\r\n")

    def test_broken_frames_end_with_their_code(self):
        for name, data, code in (
                ("no mask", frame(1, b"x", masked=False), 1002),
                ("a reserved bit", frame(1, b"x", reserved=0x40), 1002),
                ("a reserved kind", frame(3, b"x"), 1002),
                ("a reserved kind of control", frame(11, b"x"), 1002),
                ("a control frame in pieces", frame(9, b"x", last=False), 1002),
                ("a control frame that is too long", frame(9, b"x" * 126), 1002),
                ("a continuation of nothing", frame(0, b"x"), 1002),
                ("a text inside a text", frame(1, b"x", last=False) + frame(1, b"y"), 1002),
                ("a length with its highest bit", b"\x81\xff" + b"\xff" * 8 + b"abcd", 1009),
                ("a close of one byte", frame(8, b"x"), 1002),
                ("a close with a forbidden code", frame(8, struct.pack("!H", 1005)), 1002),
                ("text that is no UTF-8", frame(1, b"\xff\xff"), 1007),
                ("a message above the limit", frame(1, b"", size=70_000), 1009),
                ("a message above the limit in pieces", frame(1, b"a" * 40_000, last=False) + frame(0, b"a" * 40_000), 1009)):
            with self.subTest(name):
                client = self._upgrade()
                self.assertEqual(client.answer().status, 101)
                said = client.send(data).read_all()
                self.assertEqual(said[:1], b"\x88", f"no close frame: {said!r}")
                self.assertEqual(struct.unpack("!H", said[2:4])[0], code)

    def test_a_ping_is_answered_and_a_close_too(self):
        client = self._upgrade()
        self.assertEqual(client.answer().status, 101)
        client.send(frame(9, b"hello") + frame(8, struct.pack("!H", 1000)))
        self.assertEqual(client.read_all(), b"\x8a\x05hello\x88\x02\x03\xe8")

    def test_pages_of_other_origins_open_no_socket(self):
        own = self.gateway.base.encode()
        self.assertEqual(self._upgrade().answer().status, 101)
        self.assertEqual(self._upgrade(b"Origin: " + own).answer().status, 101)
        for origin in (b"http://evil.example", b"null", b"http://localhost:1", b"http://" + RawClient(self.gateway.base).host.encode() + b".evil.example", b""):
            with self.subTest(origin=origin):
                self.assertEqual(self._upgrade(b"Origin: " + origin).answer().status, 403)

    def test_a_key_in_the_url_is_refused(self):
        for target in (b"/ws?x-api-key=" + KEY, b"/api/sessions?x-api-key=" + KEY, b"/api/v1/events?x-api-key=" + KEY):
            with self.subTest(target=target[:20]):
                self.assertEqual(self._upgrade(target=target, key=False).answer().status, 401)

    def test_a_ticket_opens_one_stream_once(self):
        made = self.gateway.api.post("/api/v1/ws-ticket", expect=201)
        self.assertLessEqual(made["expiresIn"], 30)
        target = b"/ws?ticket=" + made["ticket"].encode()
        self.assertEqual(self._upgrade(target=target, key=False).answer().status, 101)
        self.assertEqual(self._upgrade(target=target, key=False).answer().status, 401)
        for path in ("/api/sessions", "/api/v1/events"):
            ticket = self.gateway.api.post("/api/v1/ws-ticket", expect=201)["ticket"]
            self.assertEqual(self.gateway.api.request("GET", f"{path}?ticket={ticket}", headers={"X-Api-Key": ""}).status, 401)

    def test_a_ticket_ends_with_its_key(self):
        made = self.gateway.api.post("/api/keys", {"isAdmin": True, "session": None, "isActive": True}, expect=(200, 201))
        answer = self.gateway.api.request("POST", "/api/v1/ws-ticket", headers={"X-Api-Key": made["key"]})
        self.assertEqual(answer.status, 201)
        self.gateway.api.delete(f"/api/keys/{made['id']}", expect=(200, 204))
        target = b"/ws?ticket=" + answer.json()["ticket"].encode()
        self.assertEqual(self._upgrade(target=target, key=False).answer().status, 401)


class KeysInUrlsTest(GatewayCase):
    @classmethod
    def environment(cls) -> dict[str, str]:
        return {"WAGATE_KEYS_IN_URLS": "true"}

    def test_clients_of_waha_open_the_socket_as_they_do_there(self):
        with RawClient(self.gateway.base) as client:
            client.send(b"GET /ws?x-api-key=" + KEY + b" HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) + b"\r\n\r\n")
            self.assertEqual(client.answer().status, 101)


class OriginTest(GatewayCase):
    @classmethod
    def environment(cls) -> dict[str, str]:
        return {"WAGATE_ALLOWED_ORIGINS": "https://app.example.com", "WAGATE_ALLOWED_HOSTS": "api.example.com"}

    def _ask(self, method: bytes, target: bytes, *fields: bytes, host: bytes = b"localhost"):
        with RawClient(self.gateway.base) as client:
            client.send(method + b" " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: 0\r\n" + b"".join(f + b"\r\n" for f in fields) + b"\r\n")
            return client.answer()

    def test_hosts(self):
        for host, status in ((b"localhost", 200), (b"LOCALHOST:3000", 200), (b"127.0.0.1", 200), (b"[::1]:3000", 200), (b"10.1.2.3:80", 200),
                             (b"api.example.com", 200), (b"API.example.com:443", 200), (b"evil.example", 421), (b"api.example.com.evil.example", 421),
                             (b"localhost.evil.example", 421), (b"127.0.0.1.evil.example", 421)):
            with self.subTest(host=host):
                self.assertEqual(self._ask(b"GET", b"/ping", host=host).status, status)

    def test_the_health_command_is_let_in(self):
        run = ask_health(self.gateway)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_the_matrix_of_origins_and_methods(self):
        key = b"X-Api-Key: " + KEY
        allowed = {b"": True, b"http://localhost": True, b"https://app.example.com": True, b"https://app.example.com:443": True}
        for origin in (*allowed, b"https://evil.example", b"null", b"https://app.example.com.evil.example", b"https://app.example.com:444", b"file://", b"x"):
            fields = (key, b"Origin: " + origin) if origin else (key,)
            for method, target in ((b"POST", b"/api/sessions"), (b"PUT", b"/api/sessions/x"), (b"DELETE", b"/api/sessions/x"), (b"PATCH", b"/api/sessions"),
                                   (b"GET", b"/api/sessions")):
                with self.subTest(origin=origin, method=method):
                    answer = self._ask(method, target, *fields)
                    refused = origin not in allowed and method != b"GET"
                    self.assertEqual(answer.status == 403, refused, answer.body)
                    shown = answer.headers.get("access-control-allow-origin")
                    self.assertEqual(shown, origin.decode() if origin.startswith(b"https://app.example.com") and origin in allowed else None)
                    self.assertNotIn("access-control-allow-credentials", answer.headers)

    def test_a_browser_that_asks_beforehand(self):
        ask = (b"Access-Control-Request-Method: POST", b"Access-Control-Request-Headers: x-api-key")
        good = self._ask(b"OPTIONS", b"/api/sendText", b"Origin: https://app.example.com", *ask)
        self.assertEqual(good.status, 204)
        self.assertEqual(good.headers["access-control-allow-origin"], "https://app.example.com")
        self.assertIn("X-Api-Key", good.headers["access-control-allow-headers"])
        bad = self._ask(b"OPTIONS", b"/api/sendText", b"Origin: https://evil.example", *ask)
        self.assertNotIn("access-control-allow-origin", bad.headers)


class TlsTest(GatewayCase):
    """TLS on the one address; its certificate is replaced while connections stay."""

    @classmethod
    def environment(cls) -> dict[str, str]:
        program = require(shutil.which("openssl"), "no openssl program")
        folder = tempfile.TemporaryDirectory(prefix="wagate-tls-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        for name in ("first", "second"):
            subprocess.run([program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                            "-addext", "subjectAltName=DNS:localhost", "-keyout", cls.folder / f"{name}.key", "-out", cls.folder / f"{name}.pem"],
                           check=True, capture_output=True)
        cls.use("first")
        return {"WAGATE_TLS_CERT_FILE": str(cls.folder / "now.pem"), "WAGATE_TLS_KEY_FILE": str(cls.folder / "now.key"), "WAGATE_TLS_LISTEN": "127.0.0.1:0",
                "WAGATE_HTTP_HEADER_SECONDS": "3"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        line = cls.gateway.wait_json(lambda said: said.get("event") == "listening", 5, "listening line")
        cls.base = line["https"]

    @classmethod
    def use(cls, name: str):
        for kind in ("key", "pem"):
            shutil.copyfile(cls.folder / f"{name}.{kind}", cls.folder / f"new.{kind}")
            os.replace(cls.folder / f"new.{kind}", cls.folder / f"now.{kind}")

    def connect(self, name: str, **more) -> RawClient:
        """A client that trusts this certificate only."""
        context = ssl.create_default_context(cafile=str(self.folder / f"{name}.pem"))
        for key, value in more.items():
            setattr(context, key, value)
        client = RawClient(self.base, context=context)
        self.addCleanup(client.close)
        return client

    def test_requests_streams_and_sockets_go_through_it(self):
        client = self.connect("first")
        self.assertIn(client.socket.version(), ("TLSv1.2", "TLSv1.3"))
        for _ in range(3):
            self.assertEqual(client.send(SMUGGLED).answer().status, 200)
        big = client.send(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n").answer()
        self.assertEqual(big.status, 200)
        self.assertIn("paths", json.loads(big.body))
        body = json.dumps({"name": "by-tls", "start": False}).encode()
        made = client.send(post(HOST, b"Content-Length: %d" % len(body), target=b"/api/sessions", body=body)).answer()
        self.assertEqual(made.status, 201, made.body)
        client.send(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Api-Key: " + KEY +
                    b"\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) + b"\r\n\r\n")
        self.assertEqual(client.answer().status, 101)
        client.send(frame(9, b"hello") + frame(8, struct.pack("!H", 1000)))
        self.assertEqual(client.read_all(), b"\x8a\x05hello\x88\x02\x03\xe8")
        stream = self.connect("first").send(b"GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: " + KEY + b"\r\n\r\n")
        self.assertEqual(stream.answer().status, 200)

    def test_the_health_command_asks_the_plain_address(self):
        run = ask_health(self.gateway)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_the_plain_address_stays_plain(self):
        self.assertEqual(self.gateway.api.request("GET", "/ping").status, 200)
        with RawClient(self.base) as plain:
            self.assertFalse(plain.send(SMUGGLED).read_all().startswith(b"HTTP/"))

    def test_old_versions_are_refused(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            RawClient(self.base, context=context)

    def test_a_handshake_has_a_deadline(self):
        with RawClient(self.base) as client:
            self.assertEqual(client.send(b"\x16\x03\x01\x02").read_all()[:5], b"")

    def wait_certificate(self, name: str):
        """Until new connections are shown this one."""
        deadline = time.monotonic() + 20 * SCALE
        while True:
            try:
                self.assertEqual(self.connect(name).send(SMUGGLED).answer().status, 200)
                return
            except ssl.SSLError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def wait_log(self, text: str):
        deadline = time.monotonic() + 20 * SCALE
        while text not in self.gateway.tail(400):
            self.assertLess(time.monotonic(), deadline, f"nothing was logged about: {text}")
            time.sleep(0.1)

    def test_a_new_certificate_is_taken_and_a_broken_one_is_not(self):
        stays = self.connect("first")
        self.assertEqual(stays.send(SMUGGLED).answer().status, 200)
        self.use("second")
        self.gateway.signal(signal.SIGHUP)
        self.wait_certificate("second")
        self.assertEqual(stays.send(SMUGGLED).answer().status, 200)
        shutil.copyfile(self.folder / "first.key", self.folder / "now.key")  # does not fit
        self.gateway.signal(signal.SIGHUP)
        self.wait_log("the new certificate cannot be used")
        self.assertEqual(self.connect("second").send(SMUGGLED).answer().status, 200)
        self.use("first")  # without a signal
        self.wait_certificate("first")
        self.assertEqual(stays.send(SMUGGLED).answer().status, 200)

    def test_idle_clients_cost_little(self):
        count = 300
        self.connect("first").send(SMUGGLED).answer()
        before = self.gateway.memory()["Rss"]
        clients = [self.connect("first") for _ in range(count)]
        for client in clients:
            self.assertEqual(client.send(SMUGGLED).answer().status, 200)
        self.assertLess(self.gateway.memory()["Rss"] - before, count * 64 * 1024)


class OnlyTlsTest(GatewayCase):
    """No address without TLS."""

    @classmethod
    def environment(cls) -> dict[str, str]:
        program = require(shutil.which("openssl"), "no openssl program")
        folder = tempfile.TemporaryDirectory(prefix="wagate-tls-")
        cls.addClassCleanup(folder.cleanup)
        cls.certificate, key = f"{folder.name}/certificate.pem", f"{folder.name}/key.pem"
        subprocess.run([program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=api.example.com", "-addext", "subjectAltName=DNS:api.example.com,DNS:localhost", "-keyout", key, "-out", cls.certificate],
                       check=True, capture_output=True)
        return {"WAGATE_TLS_CERT_FILE": cls.certificate, "WAGATE_TLS_KEY_FILE": key, "WAGATE_ALLOWED_HOSTS": "api.example.com"}

    def test_it_is_served_there(self):
        self.assertTrue(self.gateway.base.startswith("https://"), self.gateway.base)
        with RawClient(self.gateway.base, context=ssl.create_default_context(cafile=self.certificate)) as client:
            self.assertEqual(client.send(SMUGGLED).answer().status, 200)

    def test_the_health_command_speaks_tls(self):
        run = ask_health(self.gateway)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_what_does_not_speak_tls_is_not_well(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            # Its backlog takes the connection, and nobody says a word.
            run = ask_health(self.gateway, f"https://127.0.0.1:{other.getsockname()[1]}")
        self.assertEqual((run.returncode, run.stderr), (1, "wagate: the daemon does not speak TLS\n"))


class PageOfAnotherOriginTest(GatewayCase):
    """A real browser on a page of another origin, which tries all it can."""

    PAGE = """<!doctype html><pre id=out></pre><form id=f method=post action="BASE/api/sessions" target=frame enctype="text/plain">
<input name='{"name":"by-form","start":false,"x":"' value='"}'></form><iframe name=frame></iframe>
<script>
const out = document.getElementById("out"), say = text => out.textContent += text + "\\n";
const ask = (name, path, options) => fetch("BASE" + path, options).then(a => a.text()).then(t => say(name + " read " + t.length), () => say(name + " refused"));
(async () => {
  const json = {"X-Api-Key": "KEY", "Content-Type": "application/json"}, body = JSON.stringify({name: "by-fetch", start: false});
  await ask("fetch", "/api/sessions", {method: "POST", headers: json, body});
  await ask("simple", "/api/sessions", {method: "POST", body: body.replace("fetch", "simple")});
  await ask("read", "/api/sessions", {headers: {"X-Api-Key": "KEY"}});
  await ask("open", "/openapi.json", {});
  await fetch("BASE/api/sessions", {method: "POST", mode: "no-cors", body: body.replace("fetch", "blind")}).catch(() => {});
  navigator.sendBeacon("BASE/api/sessions", body.replace("fetch", "beacon"));
  document.getElementById("f").submit();
  await new Promise(done => {
    const socket = new WebSocket("BASE/ws?ticket=TICKET".replace("http", "ws"));
    socket.onopen = () => done(say("socket open"));
    socket.onerror = () => done(say("socket refused"));
  });
  say("end");
})();
</script>"""

    def test_nothing_it_tries_is_done_or_read(self):
        ticket = self.gateway.api.post("/api/v1/ws-ticket", expect=201)["ticket"]
        page = self.PAGE.replace("BASE", self.gateway.base).replace("KEY", ADMIN_KEY).replace("TICKET", ticket).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        shown = open_page(f"http://127.0.0.1:{server.server_port}/").dom
        for line in ("fetch refused", "simple refused", "read refused", "open refused", "socket refused", "end"):
            self.assertIn(line, shown)
        self.assertEqual(self.gateway.api.get("/api/sessions?all=true"), [])


if __name__ == "__main__":
    main()
