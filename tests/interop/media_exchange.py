"""Files between foreign clients and sessions of the gateway, byte for byte. Mixins: the suites add the client."""

import base64
import hashlib
import http.server
import os
import pathlib
import shutil
import tempfile
import threading
import urllib.parse

from harness.gateway import bare_id
from harness.http import Api
from kinds import PIXEL, find

MIB = 1 << 20
# What is sent as what: the peers' kind, its MIME type, more fields as whatsmeow's message has them, and as Baileys' content has them.
KINDS = {
    "image": ("image", "image/jpeg", {"caption": "a fox"}, {"caption": "a fox"}),
    "video": ("video", "video/mp4", {"caption": "a film"}, {"caption": "a film"}),
    "gif": ("video", "video/mp4", {"gifPlayback": True}, {"gifPlayback": True}),
    "voice": ("audio", "audio/ogg; codecs=opus", {"PTT": True}, {"ptt": True}),
    "audio": ("audio", "audio/mpeg", {}, {}),
    "document": ("document", "application/pdf", {"fileName": "paper.pdf", "caption": "a paper"}, {"fileName": "paper.pdf", "caption": "a paper"}),
    "sticker": ("sticker", "image/webp", {}, {}),
}


class FileServer:
    """Gives files away by name, as some tenant's web server."""

    def __init__(self):
        self._files: dict[str, pathlib.Path] = {}
        known = self._files

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # the name the base class calls
                path = known.get(self.path)
                self.send_response(200 if path else 404)
                self.send_header("Content-Length", str(path.stat().st_size if path else 0))
                self.end_headers()
                if path:
                    with open(path, "rb") as file:
                        shutil.copyfileobj(file, self.wfile, MIB)

            def log_message(self, *_):
                pass  # nobody reads it

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def add(self, path: pathlib.Path) -> str:
        """The address of the file from now on."""
        self._files[f"/{path.name}"] = path
        return f"http://127.0.0.1:{self._server.server_address[1]}/{path.name}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class MediaBehaviours:
    """Of a WithPeer case: files in a folder of its own, and clients that send and fetch them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="wagate-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    def make_file(self, size: int) -> tuple[pathlib.Path, dict]:
        """A file of random bytes; its path, and what a download of it must say."""
        path = self.folder / f"{size}-{os.urandom(6).hex()}"
        digest = hashlib.sha256()
        with open(path, "wb") as file:
            for start in range(0, size, MIB):
                piece = os.urandom(min(MIB, size - start))
                digest.update(piece)
                file.write(piece)
        return path, {"size": size, "sha256": digest.hexdigest()}

    def send_file(self, client, to: str, kind: str, path, seconds: float = 60) -> str:
        peer_kind, mimetype, for_whatsmeow, for_baileys = KINDS[kind]
        fields = for_baileys if client.peer.name == "baileys" else for_whatsmeow
        return client.peer.send_file(client, to, peer_kind, path, seconds, mimetype=mimetype, **fields)

    def fetched_by(self, client, message_id: str, seconds: float = 60) -> dict:
        client.wait_id(message_id, seconds)
        return client.download(message_id, self.folder / f"fetched-{message_id}", seconds)


class SandboxMediaBehaviours(MediaBehaviours):
    def test_files_pass_between_two_clients(self):
        anna, _ = self.new_client(label="-anna")
        ben, bens = self.new_client(label="-ben")
        for kind, size in (("image", 1), ("document", MIB)):
            with self.subTest(kind):
                path, expected = self.make_file(size)
                self.assertEqual(self.fetched_by(ben, self.send_file(anna, bens.digits, kind, path)), expected)


class GatewayMediaBehaviours(MediaBehaviours):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = FileServer()
        cls.addClassCleanup(cls.files.close)
        cls.account = cls.sandbox.account()
        cls.client = cls.peer.client("media").pair(cls.sandbox, cls.account)

    def event_of(self, message_id: str) -> dict:
        return self.hooks.wait("message", lambda delivery: bare_id(delivery.payload["id"]) == message_id, 60, "alice", self.since).payload

    def fetched_by_gateway(self, payload: dict, seconds: float = 60) -> dict:
        """The file behind the address in a message event."""
        address = urllib.parse.urlsplit(payload["media"]["url"])
        api = Api(self.gateway.base, self.gateway.api.key, seconds)
        answer = api.request("GET", address.path + (f"?{address.query}" if address.query else ""))
        self.assertEqual(answer.status, 200, answer)
        return {"size": len(answer.body), "sha256": hashlib.sha256(answer.body).hexdigest()}

    def post_file(self, route: str, file: dict, **more) -> str:
        api = Api(self.gateway.base, self.gateway.api.key, 120)
        answer = api.post(f"/api/{route}", {"session": "alice", "chatId": self.account.chat_id, "file": file, **more}, expect=201)
        return bare_id(answer["id"])

    def test_every_kind_of_file_of_the_client_reaches_the_gateway(self):
        for kind, (_, mimetype, fields, _) in KINDS.items():
            with self.subTest(kind):
                path, expected = self.make_file(70_000)
                payload = self.event_of(self.send_file(self.client, self.alice.digits, kind, path))
                self.assertTrue(payload["hasMedia"], payload)
                self.assertEqual(payload["media"]["mimetype"], mimetype)
                self.assertEqual(payload["media"]["filename"], fields.get("fileName"))
                self.assertEqual(payload["body"], fields.get("caption", ""))
                self.assertEqual(self.fetched_by_gateway(payload), expected)

    def test_every_kind_of_file_of_the_gateway_reaches_the_client(self):
        cases = {
            "sendImage": ("imageMessage", "image/jpeg", {"caption": "a fox"}),
            "sendVideo": ("videoMessage", "video/mp4", {"caption": "a film"}),
            "sendVoice": ("audioMessage", "audio/ogg; codecs=opus", {}),
            "sendFile": ("documentMessage", "application/pdf", {"caption": "a paper"}),
        }
        for route, (name, mimetype, more) in cases.items():
            with self.subTest(route):
                path, expected = self.make_file(70_000)
                data = base64.b64encode(path.read_bytes()).decode()
                sent = self.post_file(route, {"mimetype": mimetype, "filename": "thing.bin", "data": data}, **more)
                content = find(self.client.wait_id(sent)["content"], name)
                self.assertEqual(content["mimetype"], mimetype)
                self.assertEqual(content.get("caption"), more.get("caption"))
                self.assertEqual(self.fetched_by(self.client, sent), expected)

    def test_stickers_gifs_and_albums_of_the_gateway_reach_the_client(self):
        if not shutil.which("ffmpeg"):
            self.skipTest("ffmpeg is not installed")
        picture = base64.b64decode(PIXEL)
        api = Api(self.gateway.base, self.gateway.api.key, 120)
        data = {"mimetype": "image/jpeg", "data": PIXEL}
        sticker = bare_id(api.post("/api/v1/alice/stickers", {"chatId": self.account.chat_id, "file": data}, expect=201)["id"])
        content = find(self.client.wait_id(sticker)["content"], "stickerMessage")
        self.assertEqual((content["mimetype"], content["width"], content["height"]), ("image/webp", 512, 512))
        self.assertGreater(self.fetched_by(self.client, sticker)["size"], 0)
        gif = self.post_file("sendVideo", data, gif=True)
        self.assertTrue(find(self.client.wait_id(gif)["content"], "gifPlayback"))
        album = api.post("/api/v1/alice/albums", {"chatId": self.account.chat_id, "items": [{"file": data}, {"file": data}]}, expect=201)
        announced = find(self.client.wait_id(bare_id(album["album"]["id"]))["content"], "albumMessage")
        self.assertEqual(announced["expectedImageCount"], 2)
        for message in album["messages"]:
            content = self.client.wait_id(bare_id(message["id"]))["content"]
            association = find(content, "messageAssociation")
            self.assertEqual(association["associationType"], "MEDIA_ALBUM")
            key = association["parentMessageKey"]
            self.assertEqual(key.get("id") or key.get("ID"), bare_id(album["album"]["id"]))
            self.assertEqual(self.fetched_by(self.client, bare_id(message["id"])), {"size": len(picture), "sha256": hashlib.sha256(picture).hexdigest()})

    def test_files_of_any_size_pass_both_ways(self):
        for size in (1, MIB, 100 * MIB):
            with self.subTest(size):
                path, expected = self.make_file(size)
                payload = self.event_of(self.send_file(self.client, self.alice.digits, "document", path, 120))
                self.assertEqual(self.fetched_by_gateway(payload, 120), expected)
                served = self.files.add(path)
                sent = self.post_file("sendFile", {"mimetype": "application/pdf", "filename": "paper.pdf", "url": served})
                self.assertEqual(self.fetched_by(self.client, sent, 120), expected)
                path.unlink()
