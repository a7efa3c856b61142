"""What is secret is found nowhere but where it belongs: unique secrets are planted, used on good and bad days, and searched for."""

import base64
import itertools
import json
import os
import pathlib
import signal
import subprocess
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import LoopbackProxy, main, wait_until
from harness.gateway import ADMIN_KEY
from harness.http import Api

TENANT_KEY = "canary-tenant-key-5d0b9a4471"
BAD_KEY = "canary-wrong-key-83ba2f1c90"
JWT_TAIL = "canaryJwtSignature7c21e0"
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0." + JWT_TAIL
BODY = "canary-body-of-a-message-41f7"
HEARD = "canary-body-that-was-received-9e02"
HMAC = "canary-hmac-key-b1746d"
HEADER = "canary-header-value-0c6f55"
HOOK_TOKEN = "canary-token-of-a-hook-d94"
PROXY_PASSWORD = "canary-proxy-password-77a"
BAD_PROXY_PASSWORD = "canary-bad-proxy-password-e5"
PAGE_PASSWORD = "canary-page-password-2b"
GLOBAL_HMAC = "canary-global-hmac-6644"
STORED = {"body": BODY, "received body": HEARD, "HMAC key": HMAC, "header": HEADER, "proxy password": PROXY_PASSWORD,
          "token in a webhook's URL": HOOK_TOKEN}


class CanaryCase(GatewayCase):
    tenants = {"canaries": TENANT_KEY}

    @classmethod
    def environment(cls) -> dict[str, str]:
        return {"WAHA_LOG_LEVEL": "trace", "WHATSAPP_SWAGGER_PASSWORD": PAGE_PASSWORD, "WHATSAPP_HOOK_URL": "http://127.0.0.1:9/nobody",
                "WHATSAPP_HOOK_EVENTS": "*", "WHATSAPP_HOOK_HMAC_KEY": GLOBAL_HMAC, "WHATSAPP_HOOK_RETRIES_ATTEMPTS": "1"}

    @classmethod
    def setUpClass(cls):
        cls.secrets = {"admin key": ADMIN_KEY, "tenant key": TENANT_KEY, "wrong key": BAD_KEY, "token": JWT_TAIL, "page password": PAGE_PASSWORD,
                       "global HMAC key": GLOBAL_HMAC, "bad proxy password": BAD_PROXY_PASSWORD, **STORED}
        cls.errors = []
        super().setUpClass()
        cls.gateway.record = list(cls.gateway._tail)
        cls.live()

    @classmethod
    def live(cls):
        """A day in the life of the planted secrets."""
        self = cls("setUp")
        proxy = LoopbackProxy("http", "ann", PROXY_PASSWORD)
        cls.addClassCleanup(proxy.close)
        good = {"server": proxy.address, "username": "ann", "password": PROXY_PASSWORD}
        bad = "bad?token=" + HOOK_TOKEN
        hooks = [{"url": cls.hooks.url("good"), "events": ["*"], "hmac": {"key": HMAC}, "customHeaders": [{"name": "X-Canary", "value": HEADER}]},
                 {"url": cls.hooks.url(bad), "events": ["*"], "hmac": {"key": HMAC},
                  "customHeaders": [{"name": "X-Canary", "value": HEADER}], "retries": {"attempts": 2, "delaySeconds": 1, "policy": "constant"}}]
        cls.hooks.fail(bad, *[500] * 200)
        api = cls.gateway.tenant("canaries")
        session = self.new_session("canaries", create=False)
        session.endpoint = "good"
        config = {"proxy": good, "webhooks": hooks}
        api.post("/api/sessions", {"name": session.name, "start": True, "config": config}, expect=201)
        account = cls.sandbox.account()
        cls.secrets["pairing code"] = session.qr()
        for number, part in enumerate(session.qr().split(",")):
            if len(part) > 30:  # the device's kind is one too
                cls.secrets[f"part {number} of the pairing code"] = part
        session.pair(account, since=0)
        made = api.post("/api/keys", {"isAdmin": False, "session": session.name, "isActive": True})
        cls.secrets["made key"] = made["key"]
        phone = cls.sandbox.account()
        session.send(phone.chat_id, BODY)
        phone.received(BODY)
        phone.send(account.chat_id, HEARD)
        session.wait_message(HEARD)
        wait_until(lambda: any(delivery.path.endswith(HOOK_TOKEN) for delivery in cls.hooks.deliveries()), 20, "a webhook that fails")

        # A second one whose proxy refuses it.
        lost = self.new_session("canaries", create=False)
        api.post("/api/sessions", {"name": lost.name, "start": True, "config": {"proxy": {**good, "password": BAD_PROXY_PASSWORD}}}, expect=201)
        wait_until(lambda: proxy.refusals.entries(), 20, "the proxy's refusal")
        cls.ask_badly(session.name, phone.chat_id, made["key"])

    @classmethod
    def ask_badly(cls, name: str, chat: str, made: str):
        """Every answer to these is kept."""
        stranger, tenant = Api(cls.gateway.base), cls.gateway.tenant("canaries")

        def ask(api: Api, *request, **more):
            answer = api.request(*request, **more)
            assert answer.status >= 400, f"{request} was answered {answer}"
            cls.errors.append((request[:2], answer.body.decode("utf-8", "replace") + str(answer.headers)))

        text = {"session": name, "chatId": chat, "text": BODY}
        for headers in ({"X-Api-Key": BAD_KEY}, {"Authorization": "Bearer " + JWT}, {"Authorization": "Bearer " + BAD_KEY},
                        {"Authorization": "Basic " + base64.b64encode(f"admin:{BAD_KEY}".encode()).decode()}):
            ask(stranger, "POST", "/api/sendText", text, headers=headers)
            ask(stranger, "GET", "/api/sessions", headers=headers)
        ask(stranger, "GET", "/api/sessions?x-api-key=" + BAD_KEY)
        ask(Api(cls.gateway.base, made), "GET", "/api/keys")
        ask(tenant, "POST", "/api/sendText", {**text, "session": "nobody"})
        ask(tenant, "POST", "/api/sendText", {**text, "chatId": 17})
        ask(tenant, "POST", "/api/sendText", {"session": name, "chatId": chat, "text": {"inside": BODY}})
        ask(tenant, "POST", "/api/sendText", raw=json.dumps(text).encode()[:-1])
        ask(tenant, "POST", "/api/sendText", raw=json.dumps(text).encode() + b"}")
        ask(tenant, "POST", "/api/sendText", {**text, "chatId": "no chat at all"})
        ask(tenant, "POST", f"/api/sessions/{urllib.parse.quote(name)}/nothing", text)
        for config in ({"proxy": {"server": "no server", "username": "ann", "password": PROXY_PASSWORD}},
                       {"proxy": {"server": 5, "password": PROXY_PASSWORD}},
                       {"webhooks": [{"url": f"ftp://127.0.0.1/?token={HOOK_TOKEN}", "events": ["*"], "hmac": {"key": HMAC}}]},
                       {"webhooks": [{"url": "http://127.0.0.1:9/", "events": ["nothing"], "customHeaders": [{"name": "X-Canary", "value": HEADER}]}]},
                       {"webhooks": [{"url": "http://127.0.0.1:9/", "events": ["*"], "customHeaders": [{"name": "a b", "value": HEADER}]}]}):
            ask(tenant, "POST", "/api/sessions", {"name": "never-made", "start": False, "config": config})

    def found(self, texts, secrets: dict[str, str] | None = None) -> list[str]:
        """Where secrets appear: as they are, in a URL, or in base64."""
        hits = []
        for place, text in texts:
            data = text.encode() if isinstance(text, str) else text
            for what, secret in (secrets or self.secrets).items():
                forms = {secret, urllib.parse.quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]}
                if any(form.encode() in data for form in forms):
                    hits.append(f"{what} in {place}: {data[:300]!r}")
        return hits


class CanariesTest(CanaryCase):
    def test_the_search_finds_what_is_there(self):
        """Or nothing below would mean anything."""
        self.assertEqual(len(self.found([("here", "x" + BODY + "y")])), 1)
        self.assertEqual(len(self.found([("here", base64.b64encode(BODY.encode()))])), 1)
        told = "\n".join(self.gateway.record)
        for what in ("session status", "webhook given up", "connect failed"):
            self.assertIn(what, told)
        self.assertGreater(len(self.errors), 15)

    def test_logs_of_every_level_hold_none(self):
        self.assertEqual(self.found(("the log", line) for line in list(self.gateway.record)), [])

    def test_answers_to_errors_hold_none(self):
        self.assertEqual(self.found(self.errors), [])

    def test_metrics_health_and_the_shown_environment_hold_none(self):
        answers = [(path, self.gateway.api.request("GET", path).body)
                   for path in ("/metrics", "/ping", "/health", "/api/server/status", "/api/server/version", "/api/server/environment?all=true")]
        self.assertTrue(all(body for _, body in answers))
        self.assertEqual(self.found(answers), [])

    def test_other_processes_see_none_and_the_environment_is_the_operators(self):
        process = pathlib.Path(f"/proc/{self.gateway.process.pid}")
        self.assertEqual(self.found([("the command line", (process / "cmdline").read_bytes())]), [])
        seen = dict(entry.split("=", 1) for entry in (process / "environ").read_text().split("\0") if "=" in entry)
        self.assertEqual(seen, self.gateway.env)
        names = [entry.name for entry in (process / "task").iterdir()]
        self.assertEqual(self.found((f"thread {name}", (process / "task" / name / "comm").read_bytes()) for name in names), [])

    def test_the_doctor_tells_none(self):
        for option in ([], ["--json"]):
            run = subprocess.run([*self.gateway.command[:1], "doctor", *option], env=self.gateway.env, capture_output=True, timeout=120, check=False)
            self.assertIn(run.returncode, (0, 1, 2), run)
            self.assertIn(b"database", run.stdout)
            self.assertEqual(self.found([("the doctor's words", run.stdout + run.stderr)]), [])

    def test_temporary_files_hold_none_and_lie_in_the_data_folder(self):
        open_ones = set()
        for entry in pathlib.Path(f"/proc/{self.gateway.process.pid}/fd").iterdir():
            try:
                open_ones.add(os.readlink(entry))
            except FileNotFoundError:
                continue
        outside = [path for path in open_ones if path.startswith("/") and not path.startswith((self.gateway.data_dir, "/dev/", "/proc/"))]
        self.assertEqual(outside, [])
        files = [path for path in pathlib.Path(self.gateway.data_dir, "media").rglob("*") if path.is_file()]
        self.assertEqual(self.found((str(path), path.read_bytes()) for path in files), [])

    def test_everything_in_the_data_folder_is_its_owners_alone(self):
        top = pathlib.Path(self.gateway.data_dir)
        wrong = [f"{path} {path.stat().st_mode & 0o777:o}" for path in itertools.chain([top], top.rglob("*"))
                 if path.exists() and path.stat().st_mode & 0o077]
        self.assertEqual(wrong, [])


class CoreDumpTest(GatewayCase):
    def test_a_crash_leaves_no_picture_of_the_memory(self):
        limits = pathlib.Path(f"/proc/{self.gateway.process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size\s+0\s+0\s")
        pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
        places = [pathlib.Path.cwd(), pathlib.Path(self.gateway.data_dir)] + ([pathlib.Path(pattern).parent] if pattern.startswith("/") else [])
        cores = lambda: {path for place in places if place.is_dir() for path in place.iterdir() if path.name.startswith("core")}  # noqa: E731
        before = cores()
        self.gateway.process.send_signal(signal.SIGSEGV)
        self.assertEqual(self.gateway.process.wait(20), -signal.SIGSEGV)
        self.assertEqual(cores() - before, set())


class CanariesInFilesTest(CanaryCase):
    def test_the_database_and_its_log_hold_none(self):
        files = [path for path in pathlib.Path(self.gateway.data_dir).iterdir() if path.is_file()]
        self.assertIn("wagate.db", [path.name for path in files])
        self.assertIn("wagate.db-wal", [path.name for path in files])
        secrets = {**STORED, "admin key": ADMIN_KEY, "tenant key": TENANT_KEY, "made key": self.secrets["made key"]}
        hits = self.found(((path.name, path.read_bytes()) for path in files), secrets)
        self.assertEqual([hit.partition(": ")[0] for hit in hits], [])


if __name__ == "__main__":
    main()
