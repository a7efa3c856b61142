"""docs/examples/saas-crm as its operators would run it: two customers with a WhatsApp account each, on gateway and sandbox."""

import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import socket
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from harness import Api, Gateway, HarnessCase, Program, Sandbox, main, open_page, require, wait_until  # noqa: E402
from harness.gateway import ADMIN_KEY  # noqa: E402

EXAMPLE = ROOT / "docs" / "examples" / "saas-crm"
HMAC_KEY = "the CRM's own secret"
GREETING = "Hello {name}, we will answer soon."


def free_port() -> int:
    """A port that both of a gateway's lives can listen on, so that its address stays the same."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Crm(Program):
    def __init__(self, gateway_url: str, folder: str, port: int):
        node = require(shutil.which("node"), "no node")
        env = {key: value for key, value in os.environ.items() if not key.startswith(("CRM_", "WAHA_", "WAGATE_"))}
        env |= {"WAHA_URL": gateway_url, "WAHA_API_KEY": ADMIN_KEY, "CRM_HMAC_KEY": HMAC_KEY, "CRM_JOURNAL": os.path.join(folder, "crm.jsonl"),
                "CRM_PORT": str(port), "CRM_POLL_MS": "200"}
        super().__init__("crm", [node, "src/main.mjs"], env, cwd=EXAMPLE)
        self.base = ""
        self.api: Api | None = None

    def start(self) -> "Crm":
        since = self.lines.mark()
        self.spawn()
        self.base = self.wait_json(lambda line: line.get("event") == "listening", 20, "listening line", since)["http"]
        self.api = Api(self.base)
        return self

    def state(self, slug: str) -> dict:
        return self.api.get(f"/t/{slug}/state")

    def wait(self, slug: str, wanted, what: str, seconds: float = 30) -> dict:
        return wait_until(lambda: (state := self.state(slug)) and wanted(state) and state, seconds, f"{slug}: {what}", lambda: self.state(slug))

    def wait_status(self, slug: str, status: str) -> dict:
        return self.wait(slug, lambda state: state["status"] == status, status)

    def texts(self, slug: str, from_me: bool = False) -> list[str]:
        return [message["text"] for message in self.state(slug)["messages"] if message["fromMe"] == from_me]

    def send(self, slug: str, request: str, to: str, text: str):
        self.api.post(f"/t/{slug}/messages", {"requestId": request, "to": to, "text": text}, expect=202)


class SaasExampleTest(HarnessCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()
        cls.gateway = Gateway(cls.sandbox, env={"WAGATE_LISTEN": f"127.0.0.1:{free_port()}"})
        cls.addClassCleanup(cls.gateway.clean)
        cls.gateway.start()
        folder = tempfile.TemporaryDirectory(prefix="wagate-crm-")
        cls.addClassCleanup(folder.cleanup)
        cls.crm = Crm(cls.gateway.base, folder.name, free_port())
        cls.addClassCleanup(lambda: cls.crm.alive() and cls.crm.stop())
        cls.crm.start()

    def paired(self, slug: str, **more):
        """A customer who has scanned the QR code of the CRM's page."""
        self.crm.api.post("/tenants", {"slug": slug, "name": slug.title(), **more}, expect=201)
        self.crm.wait_status(slug, "SCAN_QR_CODE")
        account = self.sandbox.account(pushName=f"{slug.title()} office")
        account.scan(self.gateway.api.get(f"/api/tenant-{slug}/auth/qr?format=raw")["value"])
        self.crm.wait_status(slug, "WORKING")
        return account

    def deliver(self, body: bytes, headers: dict, org: str) -> int:
        return self.crm.api.request("POST", f"/webhook?org={org}", raw=body, headers=headers).status

    # ------------------------------------------------------------------ what it is for

    def test_first_messages_become_contacts_of_their_customer_alone(self):
        acme, globex = self.paired("acme", greeting=GREETING), self.paired("globex")
        ada, ben = self.sandbox.account(pushName="Ada <b>"), self.sandbox.account(pushName="Ben")
        ada.send(acme.digits, "to acme")
        ben.send(globex.digits, "to globex")
        self.crm.wait("acme", lambda state: state["contacts"] and any(message["fromMe"] for message in state["messages"]), "contact and greeting")
        self.crm.wait("globex", lambda state: state["contacts"], "contact")
        self.assertEqual([(contact["name"], contact["chatId"]) for contact in self.crm.state("acme")["contacts"]], [("Ada <b>", ada.chat_id)])
        self.assertEqual([(contact["name"], contact["chatId"]) for contact in self.crm.state("globex")["contacts"]], [("Ben", ben.chat_id)])
        greeting = ada.received("Hello Ada <b>, we will answer soon.")
        self.assertIn("quotedId", greeting, "the greeting is a reply")
        ada.send(acme.digits, "again")
        self.crm.wait("acme", lambda state: len(state["messages"]) == 3, "the second message")
        self.assertEqual(self.crm.texts("acme", from_me=True), ["Hello Ada <b>, we will answer soon."], "greeted once")
        self.assertEqual(self.crm.texts("globex"), ["to globex"])
        page = self.crm.api.request("GET", "/t/acme").body.decode()
        self.assertNotIn("Ada <b>", page, "names are other people's text")

    def test_a_send_asked_for_twice_is_sent_once_and_its_acknowledgements_arrive(self):
        self.paired("initech")
        friend = self.sandbox.account()
        for _ in range(2):
            self.crm.send("initech", "invoice-1", friend.chat_id, "your invoice")
        self.crm.send("initech", "invoice-2", friend.chat_id, "barrier")
        friend.received("barrier")
        self.assertEqual([entry["text"] for entry in friend.messages()], ["your invoice", "barrier"])
        self.crm.wait("initech", lambda state: sorted(state["acks"].values())[-2:] == [2, 2], "delivered both")

    # ------------------------------------------------------------------ what goes wrong

    def test_a_killed_gateway_and_a_killed_crm_lose_and_double_nothing(self):
        account = self.paired("hooli", greeting=GREETING)
        friends = [self.sandbox.account() for _ in range(3)]
        incoming, outgoing = [], []
        for number in range(4):
            for friend in friends:
                incoming.append(f"in {number} of {friend.phone}")
                friend.send(account.digits, incoming[-1])
            for friend in friends:
                outgoing.append(f"out {number} to {friend.phone}")
                self.crm.send("hooli", f"request-{number}-{friend.phone}", friend.chat_id, outgoing[-1])
            self.gateway.kill()
            if number == 2:
                self.crm.kill()
                self.crm.start()
            friends[0].send(account.digits, f"while down {number}")
            incoming.append(f"while down {number}")
            self.gateway.start()
        self.crm.wait("hooli", lambda state: len(state["messages"]) >= len(incoming) + len(outgoing) + len(friends), "all messages", 60)
        self.assertEqual(sorted(self.crm.texts("hooli")), sorted(incoming))
        greetings = [GREETING.format(name=friend.phone) for friend in friends]
        self.assertEqual(len(self.crm.texts("hooli", from_me=True)), len(outgoing) + len(greetings))
        for friend in friends:
            friend.received(f"out 3 to {friend.phone}")
            arrived = [entry["text"] for entry in friend.messages() if not entry["fromMe"] and entry["text"].startswith("out")]
            self.assertEqual(arrived, [f"out {number} to {friend.phone}" for number in range(4)])
            self.assertEqual(sum(entry["text"].startswith("Hello") for entry in friend.messages() if not entry["fromMe"]), 1)

    def test_a_session_that_failed_is_started_again_and_asks_for_a_scan(self):
        account = self.paired("umbrella")
        account.unlink(account.devices()[0]["id"])
        self.crm.wait_status("umbrella", "SCAN_QR_CODE")
        account.scan(self.gateway.api.get("/api/tenant-umbrella/auth/qr?format=raw")["value"])
        self.crm.wait_status("umbrella", "WORKING")

    def test_the_gateways_absence_is_noticed(self):
        self.gateway.kill()
        health = lambda: self.crm.api.get("/health")["gateway"]["status"]  # noqa: E731
        wait_until(lambda: health() == "unreachable", 10, "the gateway is missed", health)
        self.gateway.start()
        wait_until(lambda: health() == "ok", 10, "the gateway is back", health)

    def test_only_what_the_gateway_signed_is_taken_in_either_form(self):
        self.paired("stark")
        event = {"id": "evt_made_up", "event": "message", "session": "tenant-stark", "metadata": {"org": "stark"},
                 "payload": {"id": "false_1@c.us_A", "from": "1@c.us", "fromMe": False, "body": "grüße", "timestamp": 1, "_data": {"notifyName": "Eve"}}}
        compact = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        sha512 = hmac.new(HMAC_KEY.encode(), compact, hashlib.sha512).hexdigest()
        sha256 = hmac.new(HMAC_KEY.encode(), compact, hashlib.sha256).hexdigest()
        wrong = "0" * 128
        for headers in ({}, {"X-Webhook-Hmac": wrong}, {"X-Webhook-Hmac-Signature": wrong[:64]}, {"X-Webhook-Hmac-Signature": ""},
                        {"X-Webhook-Hmac": sha512, "X-Webhook-Hmac-Signature": wrong[:64]}):
            self.assertEqual(self.deliver(compact, headers, "stark"), 401, headers)
        self.assertEqual(self.deliver(compact.replace(b"Eve", b"Eva"), {"X-Webhook-Hmac": sha512}, "stark"), 401)
        self.assertEqual(self.deliver(compact, {"X-Webhook-Hmac": sha512}, "nobody"), 404)
        self.paired("wayne")
        self.assertEqual(self.deliver(compact, {"X-Webhook-Hmac": sha512}, "wayne"), 400, "an event of another customer")
        self.assertEqual(self.crm.state("stark")["contacts"], [])
        self.assertEqual(self.deliver(compact, {"X-Webhook-Hmac-Signature": sha256}, "stark"), 200)
        spaced = json.dumps(event, indent=2, ensure_ascii=False).encode()
        for headers in ({"X-Webhook-Hmac": sha512}, {"X-Webhook-Hmac-Signature": sha256}, {"X-Webhook-Hmac": sha512, "X-Webhook-Hmac-Signature": sha256}):
            self.assertEqual(self.deliver(spaced, headers, "stark"), 200, "signed over the body as it is written again")
        self.assertEqual([contact["name"] for contact in self.crm.state("stark")["contacts"]], ["Eve"], "and repetitions change nothing")
        self.assertEqual(self.crm.texts("stark"), ["grüße"])

    # ------------------------------------------------------------------ in a browser

    def test_the_page_shows_the_qr_code_and_no_key(self):
        self.crm.api.post("/tenants", {"slug": "tyrell"}, expect=201)
        self.crm.wait_status("tyrell", "SCAN_QR_CODE")
        page = open_page(f"{self.crm.base}/t/tyrell", 4000)
        self.assertIn("ready to scan", page.dom, page.log[-1500:])
        self.assertEqual(page.outside(self.crm.base), [])
        self.assertTrue(any(re.search(r"/t/tyrell/qr\.png", url) for url in page.requests), page.requests)
        self.assertNotIn(ADMIN_KEY, page.dom)


if __name__ == "__main__":
    main()
