"""Files of strangers are decoded behind walls: hostile ones are refused, and a daemon without rights, on a system that it
cannot write to, does all that others do."""

import base64
import http.server
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import threading
import zlib

from world import GatewayCase  # first: it knows where the harness is
from harness import Gateway, Sandbox, WebhookReceiver, main, require
from harness.gateway import bare_id
from harness.programs import program_path

NOBODY = 65534


def picture(width: int, height: int) -> bytes:
    """A PNG of one colour, which compresses to little however large it is said to be."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * min((width * 3 + 1) * height, 4_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def sound() -> bytes:
    """A second of a square wave."""
    samples = b"".join(struct.pack("<h", 8_000 if i // 20 % 2 else -8_000) for i in range(8_000))
    return b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 16_000, 2, 16) + \
        b"data" + struct.pack("<I", len(samples)) + samples


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


class HostileFilesTest(GatewayCase):
    def setUp(self):
        require(shutil.which("ffmpeg"), "ffmpeg is not installed")

    def convert(self, session, kind: str, data: bytes) -> int:
        return session.api.request("POST", f"/api/{session.name}/media/convert/{kind}", {"data": encoded(data)}).status

    def test_what_names_other_files_and_hosts_is_refused_and_asks_nobody(self):
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_error(404)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        url = f"http://127.0.0.1:{server.server_address[1]}/a"
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        real = pathlib.Path(folder.name, "real.wav")
        real.write_bytes(sound())
        session, _ = self.new_paired()
        self.assertEqual(self.convert(session, "voice", real.read_bytes()), 200)
        for what in (f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
                     f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{real}\n#EXT-X-ENDLIST\n",
                     f"ffconcat version 1.0\nfile '{real}'\n", f"ffconcat version 1.0\nfile '{url}'\n",
                     f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {server.server_address[1]} RTP/AVP 0\n",
                     f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>{url}</BaseURL></Period></MPD>'):
            for kind in ("voice", "video"):
                with self.subTest(what.split("\n")[0], kind=kind):
                    self.assertEqual(self.convert(session, kind, what.encode()), 422)
        self.assertEqual(asked, [])

    def test_bombs_and_broken_files_are_refused_and_others_go_on(self):
        session, account = self.new_paired()
        path = f"/api/{session.name}/profile/picture"
        for name, data in (("a bomb", picture(60_000, 60_000)), ("cut short", picture(300, 300)[:60]), ("a head alone", picture(9, 9)[:33])):
            with self.subTest(name):
                session.api.put(path, {"file": {"data": encoded(data)}}, expect=422)
                self.assertIsNone(account.profile()["picture"])
        session.api.put(path, {"file": {"data": encoded(picture(300, 300))}})
        self.assertIsNotNone(account.profile()["picture"])


class ReadOnlyGateway(Gateway):
    """As nobody, in a view of the system in which the data folder is all that can be written."""

    def __init__(self, sandbox: Sandbox):
        super().__init__(sandbox)
        top = pathlib.Path(self._directory.name)
        top.chmod(0o755)
        program = shutil.copy(program_path("WAGATE_BIN", "wagate"), top / "wagate")
        os.mkdir(self.data_dir, 0o700)
        os.chown(self.data_dir, NOBODY, NOBODY)
        view = ('mount --bind "$0" "$0" && mount -o remount,bind,ro / && for place in /tmp /var/tmp /dev/shm; do '
                'mountpoint -q $place && mount -o remount,bind,ro $place; done; cd / && '
                f'exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --no-new-privs "$1" serve')
        self.command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", view, self.data_dir, str(program)]


class WithoutRightsTest(GatewayCase):
    @classmethod
    def setUpClass(cls):
        require(os.geteuid() == 0, "only root can make a view of the system that cannot be written")
        require(subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0, "no mount namespaces here")
        require(shutil.which("ffmpeg"), "ffmpeg is not installed")
        cls.hooks = WebhookReceiver()
        cls.addClassCleanup(cls.hooks.close)
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()
        cls.gateway = ReadOnlyGateway(cls.sandbox)
        cls.addClassCleanup(cls.gateway.clean)
        cls.gateway.start()

    def test_a_round_of_messages_and_media_and_a_restart(self):
        process = pathlib.Path(f"/proc/{self.gateway.process.pid}")
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
        self.assertEqual(status["Uid"].split(), [str(NOBODY)] * 4)
        self.assertEqual({status[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")}, {"0" * 16})
        mounts = [line.split() for line in (process / "mounts").read_text().splitlines()]
        self.assertIn("ro", next(fields[3] for fields in mounts if fields[1] == "/").split(","))

        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "out")
        other.received("out")
        other.send(account.chat_id, "in")
        session.wait_message("in")
        answer = session.api.request("POST", f"/api/{session.name}/media/convert/voice", {"data": encoded(sound())})
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "audio/ogg; codecs=opus"))
        sent = session.api.post("/api/sendImage", {"session": session.name, "chatId": other.chat_id,
                                                   "file": {"mimetype": "image/png", "data": encoded(picture(320, 200))}}, expect=201)["id"]
        seen = other.message(lambda entry: entry["id"] == bare_id(sent), what="the picture")["media"]
        self.assertEqual((seen["width"], seen["height"]), (320, 200))
        data = bytes(range(256)) * 64
        got = self.sandbox.api.post(f"/control/accounts/{other.phone}/send", {
            "to": account.digits, "media": {"data": encoded(data), "kind": "document"}}, expect=201)["id"]
        self.hooks.wait("message", lambda delivery: bare_id(delivery.payload.get("id")) == got, 30, session.name, path=session.endpoint)
        self.assertEqual(session.api.request("GET", f"/api/files/{session.name}/{got}.bin").body, data)

        since = self.hooks.mark()
        self.gateway.stop()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        session.send(other.chat_id, "after the restart")
        other.received("after the restart")


if __name__ == "__main__":
    main()
