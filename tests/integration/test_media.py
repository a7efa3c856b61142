"""Files in both directions: byte for byte, in little memory, over bad days of the media servers and with the phone's help."""

import base64
import concurrent.futures
import hashlib
import http.server
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import urllib.parse
import urllib.request

from world import GatewayCase  # first: it knows where the harness is
from harness import main, packages, require, wait_until
from harness.gateway import bare_id
from harness.http import Api

MIB = 1 << 20


def noise(size: int, seed: int = 1) -> bytes:
    """Incompressible, and the same each time."""
    out = bytearray()
    block = 0
    while len(out) < size:
        out += hashlib.sha512(f"{seed}-{block}".encode()).digest() * 64
        block += 1
    return bytes(out[:size])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Shelf:
    """A web server on loopback that gives files by name, as users' own servers do."""

    def __init__(self, host: str = "127.0.0.1"):
        self.host = host
        self.files: dict[str, tuple[bytes, str]] = {}
        self.redirects: dict[str, str] = {}
        self.requests: list[str] = []
        self.slow: dict[str, threading.Event] = {}  # names that are answered once the event is set
        shelf = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.split("?")[0]
                shelf.requests.append(name)
                if name in shelf.slow:
                    shelf.slow[name].wait(30)
                if name in shelf.redirects:
                    self.send_response(302)
                    self.send_header("Location", shelf.redirects[name])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                body, kind = shelf.files.get(name, (None, ""))
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                try:
                    self.wfile.write(body or b"")
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def put(self, name: str, body: bytes, kind: str = "application/octet-stream") -> str:
        self.files[f"/{name}"] = (body, kind)
        return self.url(name)

    def url(self, name: str) -> str:
        return f"http://{self.host}:{self.server.server_address[1]}/{name}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class MediaCase(GatewayCase):
    @classmethod
    def environment(cls):
        return {"WHATSAPP_DOWNLOAD_MEDIA": "false"}  # so that each test says itself when a file is fetched

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shelf = Shelf()
        cls.addClassCleanup(cls.shelf.close)

    def setUp(self):
        self.media_faults()

    def media_faults(self, **faults):
        self.sandbox.api.put("/control/media/faults", faults)

    def media(self) -> dict:
        return self.sandbox.api.get("/control/media")

    def send(self, session, kind: str, chat: str, file: dict, expect=201, headers=None, **more):
        answer = session.api.request("POST", f"/api/send{kind}", {"session": session.name, "chatId": chat, "file": file, **more},
                                     headers=headers)
        self.assertEqual(answer.status, expect, str(answer))
        return answer.json()

    def at_phone(self, account, message_id: str) -> bytes:
        wanted = bare_id(message_id)
        account.message(lambda entry: entry["id"] == wanted, what=f"message {wanted}")
        answer = self.sandbox.api.request("GET", f"/control/accounts/{account.phone}/messages/{wanted}/file")
        self.assertEqual(answer.status, 200, str(answer))
        return answer.body

    def from_phone(self, account, to: str, data: bytes, **more) -> str:
        return self.sandbox.api.post(f"/control/accounts/{account.phone}/send",
                                     {"to": to, "media": {"data": base64.b64encode(data).decode(), **more}}, expect=201)["id"]

    def arrived(self, session, message_id: str):
        """The session's message event with this id."""
        return self.hooks.wait("message", lambda delivery: bare_id(delivery.payload.get("id")) == message_id, 30, session.name,
                               path=session.endpoint, what=f"message {message_id}")

    def file(self, session, message_id: str, headers=None, name: str | None = None, method="GET"):
        return session.api.request(method, f"/api/files/{session.name}/{name or message_id + '.bin'}", headers=headers)


class SendFilesTest(MediaCase):
    def test_files_of_any_size_arrive_byte_for_byte(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        for size in (1, 15, 16, 17, 65_536, MIB):
            data = noise(size, size)
            sent = self.send(session, "File", other.chat_id, {"mimetype": "application/x-noise", "filename": "noise ä.bin",
                                                             "data": base64.b64encode(data).decode()}, caption=f"{size} bytes")
            self.assertEqual(self.at_phone(other, sent["id"]), data)
            seen = other.message(lambda entry: entry["id"] == bare_id(sent["id"]))
            self.assertEqual(seen["media"]["kind"], "document")
            self.assertEqual(seen["media"]["mimetype"], "application/x-noise")
            self.assertEqual(seen["media"]["filename"], "noise ä.bin")
            self.assertEqual(seen["media"]["caption"], f"{size} bytes")
            self.assertEqual(seen["text"], f"{size} bytes")

    def test_a_file_is_fetched_from_a_url_over_redirects(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        data = noise(100_000, 2)
        url = self.shelf.put("picture.jpg", data, "image/jpeg")
        self.shelf.redirects["/moved"] = "/picture.jpg"
        for address in (url, self.shelf.url("moved")):
            sent = self.send(session, "Image", other.chat_id, {"url": address}, caption="look")
            self.assertEqual(self.at_phone(other, sent["id"]), data)
            seen = other.message(lambda entry: entry["id"] == bare_id(sent["id"]))
            self.assertEqual((seen["media"]["kind"], seen["media"]["mimetype"]), ("image", "image/jpeg"))

    def test_what_cannot_be_fetched_is_told_and_nothing_is_sent(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        answer = self.send(session, "File", other.chat_id, {"url": self.shelf.url("nothing")}, expect=422)
        self.assertEqual(answer["reason"], "media_unavailable")
        for file in ({"url": "ftp://example.com/a"}, {"url": "no url"}, {"data": "no base64!"}, {},
                     {"url": self.shelf.url("a"), "data": "YQ=="}):
            self.send(session, "File", other.chat_id, file, expect=400)
        self.send(session, "File", "no chat", {"data": "YQ=="}, expect=400)
        session.send(other.chat_id, "barrier")
        other.received("barrier")
        self.assertEqual([entry["text"] for entry in other.messages()], ["barrier"])

    def test_a_repeat_of_the_key_uploads_nothing_and_sends_nothing(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        before = self.media()["uploads"]
        file = {"data": base64.b64encode(noise(5_000, 3)).decode()}
        answers = [self.send(session, "File", other.chat_id, file, headers={"Idempotency-Key": "bill-1"}) for _ in range(2)]
        self.assertEqual(answers[0]["id"], answers[1]["id"])
        self.assertEqual(self.media()["uploads"] - before, 1)
        changed = self.send(session, "File", other.chat_id, {"data": "YQ=="}, expect=422, headers={"Idempotency-Key": "bill-1"})
        self.assertEqual(changed["reason"], "idempotency_key_reused")
        self.assertEqual(self.media()["uploads"] - before, 1)

    def test_requests_with_one_key_at_the_same_time_upload_once(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        before = self.media()["uploads"]
        file = {"data": base64.b64encode(noise(200_000, 11)).decode()}
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(
                lambda _: self.send(session, "File", other.chat_id, file, headers={"Idempotency-Key": "bill-2"}), range(6)))
        self.assertEqual(len({answer["id"] for answer in answers}), 1)
        self.assertEqual(self.media()["uploads"] - before, 1)

    def test_a_broken_upload_goes_on_where_it_was(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        before = self.media()
        self.media_faults(cutUploads=1, cutAfter=MIB)
        data = noise(3 * MIB, 4)
        sent = self.send(session, "File", other.chat_id, {"data": base64.b64encode(data).decode()})
        self.assertEqual(self.at_phone(other, sent["id"]), data)
        self.assertEqual(self.media()["resumed"] - before["resumed"], 1)

    def test_a_refused_token_is_asked_for_anew(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        self.media_faults(refuseAuth=1, unavailable=1)
        sent = self.send(session, "File", other.chat_id, {"data": "aGVsbG8="})
        self.assertEqual(self.at_phone(other, sent["id"]), b"hello")

    def test_what_no_server_takes_is_refused_and_its_key_can_be_used_again(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        self.media_faults(unavailable=100)
        headers = {"Idempotency-Key": "again"}
        answer = self.send(session, "File", other.chat_id, {"data": "aGVsbG8="}, expect=422, headers=headers)
        self.assertEqual(answer["reason"], "media_unavailable")
        self.media_faults()
        sent = self.send(session, "File", other.chat_id, {"data": "aGVsbG8="}, headers=headers)
        self.assertEqual(self.at_phone(other, sent["id"]), b"hello")

    def test_replies_and_mentions_go_along(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        question = other.send(account.digits, "show me")
        received = session.wait_message("show me")
        sent = self.send(session, "Image", other.chat_id, {"data": "aGVsbG8="}, caption="here", reply_to=received.payload["id"],
                         mentions=[other.chat_id])
        self.assertEqual(other.received("here")["quotedId"], question)
        self.assertEqual(self.at_phone(other, sent["id"]), b"hello")


class ReceiveFilesTest(MediaCase):
    def test_a_file_is_downloaded_when_it_is_asked_for_and_once(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        data = noise(300_000, 5)
        message = self.from_phone(other, account.digits, data, mimetype="image/jpeg", caption="mine")
        full = self.arrived(session, message).payload["id"]
        before = self.media()["downloads"]
        for name in (f"{message}.jpg", f"{full}.jpg", message):
            answer = self.file(session, message, name=name)
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "image/jpeg"))
            self.assertEqual(sha256(answer.body), sha256(data))
        self.assertEqual(self.media()["downloads"] - before, 1)

    def test_parts_heads_and_conditions(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        data = noise(200_000, 6)
        message = self.from_phone(other, account.digits, data, kind="document", mimetype="text/html", filename="a\r\nb \"é\".html")
        self.arrived(session, message)
        whole = self.file(session, message)
        self.assertEqual(whole.headers["Content-Length"], str(len(data)))
        self.assertTrue(whole.headers["Content-Disposition"].startswith("attachment;"), whole.headers["Content-Disposition"])
        self.assertEqual(whole.headers["X-Content-Type-Options"], "nosniff")
        for header, part in (("bytes=0-0", data[:1]), ("bytes=100-99999", data[100:100_000]), ("bytes=150000-", data[150_000:]),
                             ("bytes=-7", data[-7:]), ("bytes=199999-400000", data[199_999:])):
            answer = self.file(session, message, {"Range": header})
            self.assertEqual(answer.status, 206, header)
            self.assertEqual(answer.body, part, header)
            self.assertTrue(answer.headers["Content-Range"].endswith("/200000"))
        self.assertEqual(self.file(session, message, {"Range": "bytes=200000-"}).status, 416)
        self.assertEqual(self.file(session, message, {"If-None-Match": whole.headers["ETag"]}).status, 304)
        self.assertEqual(self.file(session, message, {"Range": "bytes=0-0", "If-Range": '"other"'}).status, 200)
        head = self.file(session, message, method="HEAD")
        self.assertEqual((head.status, head.headers["Content-Length"], head.body), (200, str(len(data)), b""))

    def test_a_cut_download_goes_on_where_it_was(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        data = noise(2 * MIB, 7)
        message = self.from_phone(other, account.digits, data, kind="document")
        self.arrived(session, message)
        before = self.media()
        self.media_faults(cuts=2, cutAfter=500_000)
        answer = self.file(session, message)
        self.assertEqual(sha256(answer.body), sha256(data))
        self.assertEqual(self.media()["ranges"] - before["ranges"], 2)

    def test_a_file_that_is_gone_is_asked_from_the_phone(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        for fault in ("missing", "gone", "corrupt", None):
            data = noise(50_000, hash(fault) % 1000)
            message = self.from_phone(other, account.digits, data, kind="document")
            self.arrived(session, message)
            if fault:
                self.media_faults(**{fault: 1})
            else:
                self.sandbox.api.post("/control/media/expire", {})
            answer = self.file(session, message)
            self.assertEqual(answer.status, 200, f"{fault}: {answer}")
            self.assertEqual(sha256(answer.body), sha256(data))
        self.assertEqual(self.sandbox.stats()["counters"]["phone_media_retries"], 4)

    def test_a_file_that_nobody_has_is_told_and_can_be_asked_for_again(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        message = self.from_phone(other, account.digits, b"lost", kind="document")
        self.arrived(session, message)
        self.sandbox.api.post("/control/media/expire", {})
        self.media_faults(lostByPhones=True)
        answer = self.file(session, message)
        self.assertEqual((answer.status, answer.json()["reason"]), (422, "media_unavailable"))
        self.media_faults()
        self.assertEqual(self.file(session, message).body, b"lost")

    def test_a_file_of_another_tenant_or_session_is_not_found(self):
        session, account = self.new_paired()
        stranger, _ = self.new_paired()
        other = self.sandbox.account()
        message = self.from_phone(other, account.digits, b"secret", kind="document")
        self.arrived(session, message)
        self.assertEqual(self.file(session, message).body, b"secret")
        answer = self.file(stranger, message)
        self.assertEqual((answer.status, answer.json()["error"]["key"]), (404, "FILE_NOT_FOUND"))
        text = other.send(account.digits, "no file")
        session.wait_message("no file")
        for name in (text, "nothing", "..%2f..%2fwagate.db", "%2e%2e"):
            self.assertEqual(self.file(session, "", name=name).status, 404, name)

    def test_what_was_sent_can_be_had_too(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        before = self.media()["downloads"]
        sent = self.send(session, "File", other.chat_id, {"data": "aGVsbG8="})
        self.assertEqual(self.file(session, bare_id(sent["id"])).body, b"hello")
        self.assertEqual(self.media()["downloads"], before)


class LargeFilesTest(MediaCase):
    """100 MB from one session to another and back, with memory that does not grow with them."""

    size = 100 * MIB

    @classmethod
    def environment(cls):
        return super().environment() | {"WHATSAPP_FILES_LIFETIME": "3600"}

    def peak(self) -> int:
        status = pathlib.Path(f"/proc/{self.gateway.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024

    def test_a_hundred_megabytes_pass_in_constant_memory(self):
        self.gateway.api.timeout = 300
        (one, first), (two, second) = self.new_paired(), self.new_paired()
        warm = noise(MIB, 8)
        for session, other in ((one, second), (two, first)):
            self.send(session, "File", other.chat_id, {"url": self.shelf.put("warm", warm)})
        data = noise(self.size, 9)
        url = self.shelf.put("large", data)
        before = self.peak()
        for session, receiver, phone in ((one, two, second), (two, one, first)):
            sent = bare_id(self.send(session, "File", phone.chat_id, {"url": url, "mimetype": "application/x-noise"})["id"])
            self.arrived(receiver, sent)
            answer = self.file(receiver, sent)
            self.assertEqual((answer.status, sha256(answer.body)), (200, sha256(data)))
        grown = self.peak() - before
        print(f"VmHWM grew by {grown / MIB:.1f} MiB")
        self.assertLess(grown, 32 * MIB)


class ForbiddenAddressTest(MediaCase):
    @classmethod
    def environment(cls):
        return super().environment() | {"WAGATE_EGRESS_ALLOW": "", "WAGATE_MEDIA_MAX_MB": "1"}

    def new_working(self):
        """Without webhooks: nothing on loopback may be reached."""
        account = self.sandbox.account()
        session = self.new_session()
        wait_until(lambda: session.status() == "SCAN_QR_CODE", 20, "a QR code")
        account.scan(session.qr())
        wait_until(lambda: session.status() == "WORKING", 20, "WORKING", session.status)
        return session, account

    def test_a_url_into_the_own_network_is_refused_and_not_touched(self):
        session, _ = self.new_working()
        other = self.sandbox.account()
        self.shelf.put("secret", b"of the host")
        for url in (self.shelf.url("secret"), self.shelf.url("secret").replace("127.0.0.1", "localhost"), "http://169.254.169.254/",
                    "http://[::1]/", "http://10.0.0.1/"):
            answer = self.send(session, "File", other.chat_id, {"url": url}, expect=400)
            self.assertIn("not allowed", str(answer))
        self.assertEqual(self.shelf.requests, [])

    def test_a_file_above_the_limit_is_refused(self):
        session, account = self.new_working()
        other = self.sandbox.account()
        data = noise(MIB + 1, 10)
        answer = self.send(session, "File", other.chat_id, {"data": base64.b64encode(data).decode()}, expect=400)
        self.assertIn("larger", str(answer))
        message = self.from_phone(other, account.digits, data, kind="document")
        wait_until(lambda: any(bare_id(entry["id"]) == message for entry in session.messages(other.chat_id)), 20, "the message")
        answer = self.file(session, message)
        self.assertEqual((answer.status, answer.json()["reason"]), (422, "media_unavailable"))


class PrefetchTest(MediaCase):
    @classmethod
    def environment(cls):
        return {"WHATSAPP_FILES_MIMETYPES": "image,audio/ogg", "WHATSAPP_FILES_LIFETIME": "4"}

    def files(self) -> list:
        root = pathlib.Path(self.gateway.data_dir) / "media"
        return [path for path in root.rglob("*") if path.is_file() and "unfinished" not in path.parts]

    def test_wanted_files_come_by_themselves_and_go_after_their_lifetime(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        unwanted = self.from_phone(other, account.digits, b"a document", kind="document", mimetype="application/pdf")
        wanted = self.from_phone(other, account.digits, b"a picture", mimetype="image/png")
        self.arrived(session, wanted)
        wait_until(lambda: len(self.files()) == 1, 20, "one file", self.files)
        self.assertEqual(self.files()[0].read_bytes(), b"a picture")
        wait_until(lambda: not self.files(), 20, "no file", self.files)
        self.assertEqual(self.file(session, wanted).body, b"a picture")
        self.assertEqual(self.file(session, unwanted).body, b"a document")

    def test_files_go_with_their_session(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        sent = self.send(session, "File", other.chat_id, {"data": "aGVsbG8="})
        self.assertEqual(self.file(session, bare_id(sent["id"])).body, b"hello")
        session.remove()
        wait_until(lambda: not self.files(), 20, "no file", self.files)


class ToolsCase(MediaCase):
    """With ffmpeg, which also makes the files."""

    def setUp(self):
        super().setUp()
        require(shutil.which("ffmpeg"), "ffmpeg is not installed")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def make(self, name: str, *options: str) -> str:
        """A file made by ffmpeg, in base64."""
        path = os.path.join(self.folder.name, name)
        subprocess.run(["ffmpeg", "-y", "-v", "error", *options, path], check=True, stdin=subprocess.DEVNULL)
        return base64.b64encode(pathlib.Path(path).read_bytes()).decode()

    def probe(self, data: bytes) -> str:
        path = os.path.join(self.folder.name, "probed")
        pathlib.Path(path).write_bytes(data)
        return subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=format_name:stream=codec_name,channels", path],
                              check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout

    def size_of(self, data: bytes) -> tuple[str, int, int]:
        """Codec, width and height of a picture."""
        path = os.path.join(self.folder.name, "seen")
        pathlib.Path(path).write_bytes(data)
        told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", path],
                              check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout.strip().split(",")
        return told[0], int(told[1]), int(told[2])

    def picture(self, name: str, size: str) -> bytes:
        return base64.b64decode(self.make(name, "-f", "lavfi", "-i", f"testsrc=size={size}", "-frames:v", "1"))


class ConvertTest(ToolsCase):
    def test_an_image_gets_its_size_and_a_preview(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        image = self.make("a.jpg", "-f", "lavfi", "-i", "testsrc=size=320x200", "-frames:v", "1")
        sent = self.send(session, "Image", other.chat_id, {"mimetype": "image/jpeg", "data": image})
        seen = other.message(lambda entry: entry["id"] == bare_id(sent["id"]))["media"]
        self.assertEqual((seen["width"], seen["height"]), (320, 200))
        self.assertGreater(seen["thumbnailBytes"], 100)

    def test_a_voice_message_that_was_listened_to_is_told_so(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        sent = self.from_phone(other, account.digits, noise(3_000, 21), kind="voice", mimetype="audio/ogg; codecs=opus", seconds=2)
        got = self.arrived(session, sent)
        body = {"session": session.name, "chatId": other.chat_id, "messageIds": [got.payload["id"]]}
        session.api.post("/api/sendSeen", body, expect=201)
        other.ack_of(sent, 3)
        session.api.post("/api/sendSeen", body | {"played": True}, expect=201)
        other.ack_of(sent, 4)
        text = other.send(account.digits, "only words")
        session.wait_message("only words")
        session.api.post("/api/sendSeen", body | {"messageIds": [text], "played": True}, expect=422)
        session.api.post("/api/sendSeen", {"session": session.name, "chatId": other.chat_id, "played": True}, expect=400)

    def test_sound_becomes_a_voice_message(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        sound = self.make("a.wav", "-f", "lavfi", "-i", "sine=duration=3")
        sent = self.send(session, "Voice", other.chat_id, {"data": sound}, convert=True)
        seen = other.message(lambda entry: entry["id"] == bare_id(sent["id"]))["media"]
        self.assertEqual((seen["kind"], seen["mimetype"], seen["waveformBytes"]), ("voice", "audio/ogg; codecs=opus", 64))
        self.assertIn(seen["seconds"], (3, 4))
        self.assertIn("opus", self.probe(self.at_phone(other, sent["id"])))
        answer = session.api.request("POST", f"/api/{session.name}/media/convert/voice", {"data": sound})
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "audio/ogg; codecs=opus"))
        self.assertIn("opus", self.probe(answer.body))

    def test_a_video_becomes_one_that_apps_play(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        video = self.make("a.avi", "-f", "lavfi", "-i", "testsrc=size=161x121:duration=1", "-c:v", "mpeg4")
        sent = self.send(session, "Video", other.chat_id, {"data": video}, convert=True, asNote=True)
        seen = other.message(lambda entry: entry["id"] == bare_id(sent["id"]))["media"]
        self.assertEqual((seen["kind"], seen["mimetype"]), ("video_note", "video/mp4"))
        self.assertIn("h264", self.probe(self.at_phone(other, sent["id"])))
        answer = session.api.request("POST", f"/api/{session.name}/media/convert/video", {"data": video},
                                     headers={"Accept": "application/json"})
        self.assertEqual((answer.status, answer.json()["mimetype"]), (200, "video/mp4"))
        self.assertIn("h264", self.probe(base64.b64decode(answer.json()["data"])))

    def test_what_is_no_sound_cannot_be_converted(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        answer = self.send(session, "Voice", other.chat_id, {"data": "aGVsbG8="}, convert=True, expect=422)
        self.assertEqual(answer["reason"], "not_possible")
        playlist = base64.b64encode(b"#EXTM3U\nfile:///etc/passwd\n").decode()
        self.send(session, "Voice", other.chat_id, {"data": playlist}, convert=True, expect=422)


class StickersAndAlbumsTest(ToolsCase):
    def sticker(self, session, chat: str, data: str, expect=201) -> dict:
        return session.api.post(f"/api/v1/{session.name}/stickers", {"chatId": chat, "file": {"data": data}}, expect=expect)

    def test_any_picture_becomes_a_sticker(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        for name in ("a.png", "a.jpg", "a.webp"):
            with self.subTest(name):
                picture = base64.b64encode(self.picture(name, "300x200")).decode()
                sent = self.sticker(session, other.chat_id, picture)
                seen = other.message(lambda entry: entry["id"] == bare_id(sent["id"]))["media"]
                self.assertEqual((seen["kind"], seen["mimetype"], seen["width"], seen["height"]), ("sticker", "image/webp", 512, 512))
                self.assertFalse(seen["animated"])
                self.assertEqual(self.size_of(self.at_phone(other, sent["id"])), ("webp", 512, 512))

    def test_what_moves_becomes_a_sticker_that_moves_and_is_sent_on_as_it_is(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        moving = self.make("a.gif", "-f", "lavfi", "-i", "testsrc=size=120x120:duration=1:rate=8")
        sent = self.sticker(session, other.chat_id, moving)
        made = self.at_phone(other, sent["id"])
        self.assertEqual((made[:4], made[8:16], made[20] & 2), (b"RIFF", b"WEBPVP8X", 2))
        self.assertTrue(other.message(lambda entry: entry["id"] == bare_id(sent["id"]))["media"]["animated"])
        again = self.sticker(session, other.chat_id, base64.b64encode(made).decode())
        self.assertEqual(self.at_phone(other, again["id"]), made)

    def test_what_is_no_picture_becomes_no_sticker(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        self.assertEqual(self.sticker(session, other.chat_id, "aGVsbG8=", expect=422)["reason"], "not_possible")

    def test_a_gif_is_a_video_that_loops_without_sound(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        moving = self.make("a.gif", "-f", "lavfi", "-i", "testsrc=size=121x120:duration=1:rate=8")
        loud = self.make("a.mp4", "-f", "lavfi", "-i", "testsrc=size=120x120:duration=1", "-f", "lavfi", "-i", "sine=duration=1")
        for data in (moving, loud):
            sent = self.send(session, "Video", other.chat_id, {"data": data}, gif=True, caption="again and again")
            seen = other.message(lambda entry: entry["id"] == bare_id(sent["id"]))["media"]
            self.assertEqual((seen["kind"], seen["mimetype"], seen["caption"]), ("gif", "video/mp4", "again and again"))
            probed = self.probe(self.at_phone(other, sent["id"]))
            self.assertIn("h264", probed)
            self.assertNotIn("aac", probed)

    def test_an_album_is_announced_and_each_part_says_where_it_belongs(self):
        left, _ = self.new_paired()
        right, account = self.new_paired()
        items = [{"file": {"mimetype": "image/jpeg", "url": self.shelf.put("one.jpg", self.picture("one.jpg", "90x60"), "image/jpeg")}, "caption": "one"},
                 {"file": {"mimetype": "image/png", "data": base64.b64encode(self.picture("two.png", "60x90")).decode()}},
                 {"type": "video", "file": {"data": self.make("a.avi", "-f", "lavfi", "-i", "testsrc=size=160x120:duration=1", "-c:v", "mpeg4")},
                  "convert": True}]
        headers = {"Idempotency-Key": "album-1"}
        path, body = f"/api/v1/{left.name}/albums", {"chatId": account.chat_id, "items": items}
        answer = left.api.request("POST", path, body, headers=headers)
        self.assertEqual(answer.status, 201, str(answer))
        sent = answer.json()
        announced = self.arrived(right, bare_id(sent["album"]["id"])).payload
        self.assertEqual(announced["_data"]["album"], {"images": 2, "videos": 1})
        told = [self.arrived(right, bare_id(message["id"])).payload for message in sent["messages"]]
        self.assertEqual([entry["_data"]["media"]["kind"] for entry in told], ["image", "image", "video"])
        self.assertEqual({entry["_data"]["albumId"] for entry in told}, {bare_id(sent["album"]["id"])})
        self.assertEqual(told[0]["body"], "one")
        again = left.api.request("POST", path, body, headers=headers).json()
        self.assertEqual([entry["id"] for entry in [again["album"], *again["messages"]]],
                         [entry["id"] for entry in [sent["album"], *sent["messages"]]], "a repeat sends nothing again")

    def test_an_album_with_a_file_that_cannot_be_had_is_not_begun(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        items = [{"file": {"data": base64.b64encode(self.picture("one.jpg", "90x60")).decode()}}, {"file": {"url": self.shelf.url("nothing.jpg")}}]
        answer = session.api.request("POST", f"/api/v1/{session.name}/albums", {"chatId": other.chat_id, "items": items})
        self.assertEqual((answer.status, answer.json()["reason"]), (422, "media_unavailable"))
        session.send(other.chat_id, "barrier")
        other.received("barrier")
        self.assertEqual([entry["text"] for entry in other.messages()], ["barrier"])

    def test_voice_messages_and_videos_can_be_shown_once(self):
        left, _ = self.new_paired()
        right, account = self.new_paired()
        for kind in ("Voice", "Video", "Image"):
            sent = self.send(left, kind, account.chat_id, {"data": "aGVsbG8="}, viewOnce=True)
            told = self.arrived(right, bare_id(sent["id"])).payload
            self.assertTrue(told["_data"]["viewOnce"], told)
            self.assertTrue(account.message(lambda entry: entry["id"] == bare_id(sent["id"]))["media"]["viewOnce"])


class PicturesTest(ToolsCase):
    def shown(self, url: str) -> bytes:
        parsed = urllib.parse.urlsplit(url)
        return Api(f"{parsed.scheme}://{parsed.netloc}").request("GET", parsed.path).body

    def test_any_picture_of_any_place_is_cut_to_a_square_jpeg(self):
        session, account = self.new_paired()
        path = f"/api/{session.name}/profile/picture"
        for name, kind, size, side in (("wide.png", "image/png", "1600x900", 640), ("tall.webp", "image/webp", "200x300", 200),
                                       ("large.jpg", "image/jpeg", "2000x2000", 640)):
            with self.subTest(name):
                session.api.put(path, {"file": {"mimetype": kind, "url": self.shelf.put(name, self.picture(name, size), kind)}})
                self.assertEqual(self.size_of(base64.b64decode(account.profile()["picture"])), ("mjpeg", side, side))

    def test_a_square_jpeg_that_is_small_stays_as_it_is(self):
        session, account = self.new_paired()
        picture = self.picture("small.jpg", "300x300")
        session.api.put(f"/api/{session.name}/profile/picture", {"file": {"data": base64.b64encode(picture).decode()}})
        self.assertEqual(base64.b64decode(account.profile()["picture"]), picture)

    def test_what_is_no_picture_or_elsewhere_is_refused_and_changes_nothing(self):
        session, account = self.new_paired()
        path = f"/api/{session.name}/profile/picture"
        self.shelf.put("page.html", b"<html>", "text/html")
        self.shelf.put("broken.jpg", b"\xff\xd8\xff\xe0 broken", "image/jpeg")
        self.shelf.put("huge.jpg", noise(17 * MIB), "image/jpeg")
        for url, status in (("page.html", 400), ("broken.jpg", 422), ("huge.jpg", 400), ("missing.jpg", 422)):
            with self.subTest(url):
                session.api.put(path, {"file": {"url": self.shelf.url(url)}}, expect=status)
        session.api.put(path, {"file": {"url": "ftp://example.org/a.jpg"}}, expect=400)
        self.assertIsNone(account.profile()["picture"])

    def test_a_channel_is_made_with_a_picture_by_url(self):
        session, _ = self.new_paired()
        url = self.shelf.put("channel.png", self.picture("channel.png", "800x600"), "image/png")
        made = session.api.post(f"/api/{session.name}/channels", {"name": "Shown", "picture": {"mimetype": "image/png", "url": url}}, expect=201)
        self.assertTrue(made["id"].endswith("@newsletter"))
        answer = session.api.request("POST", f"/api/{session.name}/channels", {"name": "Not shown", "picture": {"url": self.shelf.url("missing.png")}})
        self.assertEqual(answer.status, 422, str(answer))

    def test_a_group_has_a_picture_that_members_hear_of(self):
        session, owner = self.new_paired()
        other, member = self.new_paired()
        group = self.sandbox.api.post("/control/groups", {"by": owner.phone, "members": [member.phone]}, expect=201)["id"]
        path = f"/api/{session.name}/groups/{group}/picture"
        look = f"/api/{other.name}/groups/{group}/picture?refresh=true"
        self.assertEqual(session.api.get(path), {"url": None})
        url = self.shelf.put("group.png", self.picture("group.png", "900x700"), "image/png")
        since = self.hooks.mark()
        self.assertEqual(session.api.put(path, {"file": {"mimetype": "image/png", "url": url}}), {"success": True})
        self.assertEqual(self.size_of(self.shown(session.api.get(path)["url"])), ("mjpeg", 640, 640))
        self.assertEqual(self.size_of(self.shown(other.api.get(look)["url"])), ("mjpeg", 640, 640))
        for one in (session, other):
            told = self.hooks.wait("group.v2.update", lambda delivery: delivery.payload["_data"].get("pictureChanged"), 20, one.name, since,
                                   path=one.endpoint, what="the new picture")
            by = [address for address in told.payload["_data"]["by"].values() if address]
            self.assertTrue(by and all(owner.is_me(address) for address in by), told.payload)
        since = self.hooks.mark()
        self.assertEqual(session.api.delete(path), {"success": True})
        self.hooks.wait("group.v2.update", lambda delivery: delivery.payload["_data"].get("pictureChanged"), 20, other.name, since, path=other.endpoint, what="no picture")
        self.assertEqual(other.api.get(look), {"url": None})
        # A picture that is set on a phone is told in the same way.
        since = self.hooks.mark()
        self.sandbox.api.request("PATCH", f"/control/groups/{group}", {"picture": base64.b64encode(self.picture("b.jpg", "90x90")).decode()})
        self.hooks.wait("group.v2.update", lambda delivery: delivery.payload["_data"].get("pictureChanged"), 20, other.name, since, path=other.endpoint, what="the phone's picture")
        self.assertEqual(self.size_of(self.shown(session.api.get(path)["url"])), ("mjpeg", 90, 90))

    def test_a_locked_group_keeps_its_picture_from_members(self):
        session, member = self.new_paired()
        owner = self.sandbox.account()
        group = self.sandbox.api.post("/control/groups", {"by": owner.phone, "members": [member.phone]}, expect=201)["id"]
        self.sandbox.api.request("PATCH", f"/control/groups/{group}", {"locked": True})
        path = f"/api/{session.name}/groups/{group}/picture"
        picture = base64.b64encode(self.picture("b.jpg", "90x90")).decode()
        refused = session.api.request("PUT", path, {"file": {"data": picture}})
        self.assertEqual((refused.status, refused.json()["code"]), (422, 403), str(refused))
        self.assertIsNone(self.sandbox.api.get(f"/control/groups/{group}")["picture"])


PAGE = """<html><head><title>Not this</title>
<meta property="og:title" content="A &amp; B"><meta property="og:description" content="About both">
<meta property="og:image" content="/preview.png"></head></html>"""


class LinkPreviewTest(ToolsCase):
    def sent_and_told(self, text: str, **more) -> dict:
        left, _ = self.new_paired()
        right, account = self.new_paired()
        sent = left.api.post("/api/sendText", {"session": left.name, "chatId": account.chat_id, "text": text, **more}, expect=201)
        self.assertEqual(sent["body"], text)
        return self.arrived(right, bare_id(sent["id"])).payload["_data"]

    def page(self, name: str = "page.html", html: str = PAGE) -> str:
        self.shelf.put("preview.png", self.picture("preview.png", "1300x700"), "image/png")
        return self.shelf.put(name, html.encode(), "text/html; charset=utf-8")

    def test_a_text_shows_what_its_link_leads_to(self):
        url = self.page()
        told = self.sent_and_told(f"look at {url}, please")
        self.assertEqual(told["linkPreview"], {"url": url, "title": "A & B", "description": "About both"})

    def test_a_large_picture_is_a_file_of_its_own(self):
        url = self.page()
        before = self.media()["uploads"]
        told = self.sent_and_told(url, linkPreviewHighQuality=True)
        self.assertEqual(told["linkPreview"]["title"], "A & B")
        self.assertEqual(self.media()["uploads"], before + 1)

    def test_the_client_may_not_want_it(self):
        url = self.page("unwanted.html")
        self.assertNotIn("linkPreview", self.sent_and_told(url, linkPreview=False))
        self.assertNotIn("/unwanted.html", self.shelf.requests)

    def test_a_page_that_fails_or_is_slow_holds_nothing_up(self):
        slow = self.page("slow.html")
        self.shelf.slow["/slow.html"] = threading.Event()
        self.addCleanup(self.shelf.slow["/slow.html"].set)
        self.shelf.put("file.bin", b"x" * 100)
        for url in (self.shelf.url("missing.html"), self.shelf.url("file.bin"), slow, "http://127.0.0.1:9/"):
            with self.subTest(url):
                self.assertNotIn("linkPreview", self.sent_and_told(f"see {url}"))

    def test_a_page_without_a_picture_or_with_more_than_is_read(self):
        missing = self.page("pictureless.html", PAGE.replace("/preview.png", "/gone.png"))
        self.assertEqual(self.sent_and_told(missing)["linkPreview"]["title"], "A & B")
        long = self.page("long.html", PAGE + "x" * (2 * MIB))
        self.assertEqual(self.sent_and_told(long)["linkPreview"]["title"], "A & B")

    def test_a_custom_preview_may_show_any_picture_of_any_place(self):
        left, _ = self.new_paired()
        right, account = self.new_paired()
        self.page()
        preview = {"url": "https://example.org/", "title": "Title", "description": "Words"}
        body = {"session": left.name, "chatId": account.chat_id, "text": "see https://example.org/", "preview": {**preview, "image": {"url": self.shelf.url("preview.png")}}}
        sent = left.api.post("/api/send/link-custom-preview", body, expect=201)
        self.assertEqual(self.arrived(right, bare_id(sent["id"])).payload["_data"]["linkPreview"], preview)
        body["preview"]["image"] = {"url": self.shelf.url("missing.png")}
        self.assertEqual(left.api.request("POST", "/api/send/link-custom-preview", body).status, 422)


class LinkPreviewPolicyTest(MediaCase):
    @classmethod
    def environment(cls):
        return super().environment() | {"WAGATE_EGRESS_ALLOW": "127.0.0.1/32"}  # the webhooks of the tests

    def test_a_page_in_a_private_network_is_not_asked(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        private = Shelf("127.0.0.2")
        self.addCleanup(private.close)
        url = private.put("private.html", PAGE.encode(), "text/html")
        self.shelf.redirects["/public.html"] = url
        for link in (url, self.shelf.url("public.html")):
            session.api.post("/api/sendText", {"session": session.name, "chatId": other.chat_id, "text": link}, expect=201)
            other.received(link)
        self.assertEqual(self.shelf.requests.count("/public.html"), 1)
        self.assertEqual(private.requests, [])
        refused = session.api.request("PUT", f"/api/{session.name}/profile/picture", {"file": {"url": private.url("a.jpg")}})
        self.assertEqual(refused.status, 400, str(refused))


class LinksTest(MediaCase):
    @classmethod
    def environment(cls):
        return super().environment() | {"WAGATE_MEDIA_LINK_SECONDS": "600"}

    def fetched(self, url: str):
        """As a webhook's receiver does it: without a key."""
        parsed = urllib.parse.urlsplit(url)
        return Api(self.gateway.base).request("GET", f"{parsed.path}?{parsed.query}")

    def test_the_link_in_an_event_needs_no_key_and_holds_over_a_restart(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        wanted = self.from_phone(other, account.digits, b"a picture", mimetype="image/png", kind="image")
        url = self.arrived(session, wanted).payload["media"]["url"]
        self.assertEqual(self.fetched(url).body, b"a picture")
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(self.fetched(url).body, b"a picture")
        for wrong in (url[:-1] + ("0" if url[-1] != "0" else "1"), url.replace("exp=", "exp=9"), url.split("?")[0]):
            self.assertEqual(self.fetched(wrong).status, 403)
        parsed = urllib.parse.urlsplit(url)
        name = parsed.path.rsplit("/", 1)[1]
        self.assertEqual(Api(self.gateway.base).request("GET", f"/api/files/{session.name}/{name}").status, 401)
        self.assertEqual(session.api.request("GET", f"/api/files/{session.name}/{name}").body, b"a picture")


class ObjectStorageCase(MediaCase):
    endpoint = ""

    @classmethod
    def environment(cls):
        return super().environment() | {
            "WAHA_MEDIA_STORAGE": "S3", "WAHA_S3_REGION": "us-east-1", "WAHA_S3_BUCKET": "files", "WAHA_S3_ACCESS_KEY_ID": "key",
            "WAHA_S3_SECRET_ACCESS_KEY": "top secret", "WAHA_S3_ENDPOINT": cls.endpoint, "WAHA_S3_FORCE_PATH_STYLE": "True",
            "WHATSAPP_FILES_LIFETIME": "2"}

    def wait_for_empty_cache(self):
        folder = pathlib.Path(self.gateway.data_dir) / "media"
        wait_until(lambda: not [path for path in folder.rglob("*") if path.is_file() and "unfinished" not in path.parts], 30, "an empty cache")

    def lose_at_whatsapp(self):
        self.sandbox.api.post("/control/media/expire", {})
        self.media_faults(lostByPhones=True)


class ObjectStorageTest(ObjectStorageCase):
    """With a real S3 server: moto's, which checks signatures no further than their form, so s3_signing_test does that."""

    @classmethod
    def setUpClass(cls):
        packages.use(pathlib.Path(__file__).parent / "moto-requirements.txt")
        from moto.server import ThreadedMotoServer

        cls.objects = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        cls.objects.start()
        cls.addClassCleanup(cls.objects.stop)
        host, port = cls.objects.get_host_and_port()
        cls.endpoint = f"http://{host}:{port}"
        cls.bucket("PUT")
        super().setUpClass()

    @classmethod
    def bucket(cls, method: str, rest: str = "", body: bytes | None = None) -> bytes:
        # Any signature will do for it.
        credential = "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0"
        request = urllib.request.Request(f"{cls.endpoint}/files{rest}", data=body, method=method,
                                         headers={"Authorization": credential, "Content-Type": "application/octet-stream"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def keys(self) -> list[str]:
        return re.findall("<Key>(.*?)</Key>", self.bucket("GET", "?list-type=2").decode())

    def kept(self, data: bytes) -> str:
        """The key under which it is in the bucket."""
        return wait_until(lambda: next((key for key in self.keys() if key.endswith("/" + sha256(data))), None), 20, "the file in the bucket")

    def test_files_come_back_from_the_bucket_and_go_with_their_session(self):
        session, account = self.new_paired()
        stays, second = self.new_paired()
        other = self.sandbox.account()
        data, sent_data, others_data = noise(3 * MIB, 7), noise(100_000, 8), noise(1_000, 9)
        wanted = self.from_phone(other, account.digits, data, mimetype="image/png", kind="image")
        self.arrived(session, wanted)
        self.assertEqual(self.file(session, wanted).body, data)
        sent = bare_id(self.send(session, "File", other.chat_id, {"data": base64.b64encode(sent_data).decode()})["id"])
        others = self.from_phone(other, second.digits, others_data, kind="document")
        self.arrived(stays, others)
        self.assertEqual(self.file(stays, others).body, others_data)
        for content in (data, sent_data, others_data):
            self.assertEqual(self.bucket("GET", "/" + self.kept(content)), content)
        folder = self.kept(data).rsplit("/", 1)[0]

        self.lose_at_whatsapp()
        self.wait_for_empty_cache()
        downloads = self.media()["downloads"]
        self.assertEqual(sha256(self.file(session, wanted).body), sha256(data))
        self.assertEqual(self.file(session, wanted, {"Range": "bytes=5-9"}).body, data[5:10])
        self.assertEqual(self.file(session, sent).body, sent_data)
        self.assertEqual(self.media()["downloads"], downloads)

        session.remove()
        wait_until(lambda: not any(key.startswith(folder) for key in self.keys()), 20, "a bucket without the session's files")
        self.assertEqual(self.bucket("GET", "/" + self.kept(others_data)), others_data)

    def test_an_object_that_is_not_the_file_is_not_given_out(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        data = noise(50_000, 10)
        wanted = self.from_phone(other, account.digits, data, kind="document")
        self.arrived(session, wanted)
        self.assertEqual(self.file(session, wanted).body, data)
        key = self.kept(data)
        self.wait_for_empty_cache()
        for wrong in (noise(50_000, 11), data + b"more", data[:-1]):
            self.bucket("PUT", "/" + key, wrong)
            self.assertEqual(self.file(session, wanted).body, data, "from WhatsApp again")
            wait_until(lambda: self.bucket("GET", "/" + key) == data, 20, "the right object again")
            self.wait_for_empty_cache()


class LostObjectStorageTest(ObjectStorageCase):
    """Nobody listens at the endpoint: files are here for their lifetime, and on WhatsApp's servers."""

    @classmethod
    def setUpClass(cls):
        closed = socket.socket()
        cls.addClassCleanup(closed.close)
        closed.bind(("127.0.0.1", 0))
        cls.endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        super().setUpClass()

    def test_messages_and_files_go_on_without_it(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        data = noise(100_000, 12)
        wanted = self.from_phone(other, account.digits, data, kind="document")
        self.arrived(session, wanted)
        self.assertEqual(self.file(session, wanted).body, data)
        sent = self.send(session, "File", other.chat_id, {"data": "aGVsbG8="})
        self.assertEqual(self.at_phone(other, sent["id"]), b"hello")
        self.wait_for_empty_cache()
        self.assertEqual(self.file(session, wanted).body, data, "from WhatsApp again")

        self.wait_for_empty_cache()
        self.lose_at_whatsapp()
        answer = self.file(session, wanted)
        self.assertEqual(answer.status, 503, str(answer))
        self.assertIn("object storage", str(answer.json()["message"]))
        text = other.send(account.digits, "still here")
        session.wait_message("still here")
        self.assertTrue(text)
        session.remove()
        self.assertNotIn("top secret", self.gateway.tail(10_000))


class WithoutToolsTest(MediaCase):
    @classmethod
    def environment(cls):
        return super().environment() | {"PATH": "/nonexistent"}

    def test_without_ffmpeg_files_are_sent_and_conversions_refused(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        sent = self.send(session, "Image", other.chat_id, {"data": "aGVsbG8="})
        self.assertEqual(self.at_phone(other, sent["id"]), b"hello")
        answer = self.send(session, "Voice", other.chat_id, {"data": "aGVsbG8="}, convert=True, expect=422)
        self.assertEqual(answer["reason"], "not_possible")
        self.assertIn("ffmpeg", str(answer))
        converted = session.api.request("POST", f"/api/{session.name}/media/convert/video", {"data": "aGVsbG8="})
        self.assertEqual(converted.status, 422)


if __name__ == "__main__":
    main()
