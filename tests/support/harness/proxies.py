"""Proxies on loopback that remember whom they were asked for: HTTP CONNECT and SOCKS5, with a user name and password."""

import base64
import socket
import socketserver
import threading

from harness.waiting import Journal

_SOCKS_REFUSED = 5


def _exactly(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise ConnectionError("the client went away")
        data += piece
    return data


def _pump(source: socket.socket, sink: socket.socket):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class LoopbackProxy:
    """`kind` is http or socks5. `tunnels` holds a "host:port" for each that was opened, `refusals` counts the others."""

    def __init__(self, kind: str, username: str, password: str):
        self.kind = kind
        self._login = (username, password)
        self.tunnels = Journal()
        self.refusals = Journal()
        self.closed = False
        self._open: list[socket.socket] = []
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    proxy._serve(self.request)
                except (ConnectionError, OSError):
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self.cut()

    def cut(self):
        """Ends all tunnels."""
        for end in self._open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._open.clear()

    def _serve(self, client: socket.socket):
        client.settimeout(20)
        target = self._ask_http(client) if self.kind == "http" else self._ask_socks(client)
        if target is None:
            self.refusals.append("refused")
            return
        host, port = target
        with socket.create_connection((host, port), timeout=10) as server:
            self.tunnels.append(f"{host}:{port}")
            if self.kind == "http":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
            client.settimeout(None)
            server.settimeout(None)
            self._open += [client, server]
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()

    def _ask_http(self, client: socket.socket) -> tuple[str, int] | None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += _exactly(client, 1)
        lines = head.decode().split("\r\n")
        method, authority, _ = lines[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        wanted = "Basic " + base64.b64encode(":".join(self._login).encode()).decode()
        if self.closed or method != "CONNECT" or headers.get("proxy-authorization") != wanted:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return None
        host, _, port = authority.rpartition(":")
        return host.strip("[]"), int(port)

    def _ask_socks(self, client: socket.socket) -> tuple[str, int] | None:
        _, count = _exactly(client, 2)
        methods = _exactly(client, count)
        if 2 not in methods:
            client.sendall(b"\x05\xff")
            return None
        client.sendall(b"\x05\x02")
        _exactly(client, 1)
        username = _exactly(client, _exactly(client, 1)[0]).decode()
        password = _exactly(client, _exactly(client, 1)[0]).decode()
        if self.closed or (username, password) != self._login:
            client.sendall(b"\x01\x01")
            return None
        client.sendall(b"\x01\x00")
        _, command, _, form = _exactly(client, 4)
        if command != 1 or form not in (1, 3):
            client.sendall(bytes([5, _SOCKS_REFUSED, 0, 1, 0, 0, 0, 0, 0, 0]))
            return None
        host = socket.inet_ntoa(_exactly(client, 4)) if form == 1 else _exactly(client, _exactly(client, 1)[0]).decode()
        return host, int.from_bytes(_exactly(client, 2), "big")
