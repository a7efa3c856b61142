"""The server as an operator sees it: its environment, stopping by a request, settings under WAHA's names."""

import gzip
import hashlib
import hmac

from world import GatewayCase  # first: it knows where the harness is
from harness import Session, main


class ServerTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e"}

    @classmethod
    def environment(cls):
        return {"WAHA_WORKER_ID": "worker-7", "WAHA_SOMETHING_ELSE": "1", "WHATSAPP_START_SESSION": "first,second",
                "WHATSAPP_HOOK_HMAC_KEY": "not-for-everybody", "WAHA_LOG_LEVEL": "info"}

    def test_the_environment_is_shown_to_the_operator_without_secrets(self):
        shown = self.gateway.api.get("/api/server/environment")
        self.assertEqual(shown["WAHA_LOG_LEVEL"], "info")
        self.assertEqual(shown["WAHA_API_KEY"], "***")
        self.assertEqual(shown["WHATSAPP_HOOK_HMAC_KEY"], "***")
        self.assertEqual(shown["WAGATE_TENANT_KEYS"], "***")
        self.assertNotIn("PATH", shown)
        everything = self.gateway.api.request("GET", "/api/server/environment?all=true")
        self.assertEqual(everything.json()["PATH"], "***")
        for secret in (b"acme-key-1b2c3d4e", b"not-for-everybody", b"harness-admin-key"):
            self.assertNotIn(secret, everything.body)
        self.assertEqual(self.gateway.tenant("acme").request("GET", "/api/server/environment").status, 403)

    def test_variables_without_effect_are_named_once(self):
        log = self.gateway.tail(1000).split("\n")
        lines = [line for line in log if "WAHA_SOMETHING_ELSE" in line]
        self.assertEqual(len(lines), len([line for line in log if line.startswith("--- started")]), lines)
        self.assertNotIn("WAHA_WORKER_ID", lines[0])

    def test_the_worker_is_told(self):
        self.assertEqual(self.gateway.api.get("/api/server/version")["worker"], {"id": "worker-7"})
        status = self.gateway.api.get("/api/server/status")
        self.assertEqual(set(status), {"startTimestamp", "uptime", "worker"})
        self.assertEqual(status["worker"], {"id": "worker-7"})
        session = self.new_session()
        self.assertEqual(session.info()["assignedWorker"], "worker-7")

    def test_large_answers_are_compressed_for_those_who_take_it(self):
        plain = self.gateway.api.request("GET", "/openapi.json")
        packed = self.gateway.api.request("GET", "/openapi.json", headers={"Accept-Encoding": "gzip"})
        self.assertNotIn("Content-Encoding", plain.headers)
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertLess(len(packed.body), len(plain.body) // 4)
        self.assertEqual(gzip.decompress(packed.body), plain.body)

    def test_named_sessions_are_started(self):
        for name in ("first", "second"):
            self.assertIn(self.gateway.api.get(f"/api/sessions/{name}")["status"], ("STARTING", "SCAN_QR_CODE"))

    def test_a_request_stops_the_server_in_good_order(self):
        self.assertEqual(self.gateway.tenant("acme").request("POST", "/api/server/stop", {}).status, 403)
        for force, code in ((False, 0), (True, -9)):
            self.assertEqual(self.gateway.api.post("/api/server/stop", {"force": force}, expect=201), {"stopping": True})
            self.gateway.process.wait(20)
            self.assertEqual(self.gateway.process.returncode, code)
            self.gateway.start()


class IgnoreTest(GatewayCase):
    @classmethod
    def environment(cls):
        return {"WAHA_SESSION_CONFIG_IGNORE_GROUPS": "true"}

    def paired_with(self, **config):
        account = self.sandbox.account()
        session = self.new_session(create=False)
        webhook = {"url": self.hooks.url(session.endpoint), "events": ["*"], "hmac": {"key": "k", "sha256": True}}
        session.api.post("/api/sessions", {"name": session.name, "config": {"webhooks": [webhook], **config}}, expect=201)
        session.pair(account, since=0)
        return session, account

    def group(self, by, member) -> str:
        return self.sandbox.api.post("/control/groups", {"by": by.phone, "members": [member.phone]}, expect=201)["id"]

    def seen(self, session) -> list[str]:
        return [entry.payload.get("body") for entry in self.hooks.deliveries(session=session.name) if entry.event == "message"]

    def test_the_environment_ignores_groups_and_a_session_does_not(self):
        deaf, deaf_phone = self.paired_with()
        hears, hears_phone = self.paired_with(ignore={"groups": False})
        friend = self.sandbox.account()
        for session, phone in ((deaf, deaf_phone), (hears, hears_phone)):
            crowd = self.group(friend, phone)
            friend.send(crowd, "to the crowd")
            friend.send(phone.digits, "to you alone")
            session.wait_message("to you alone")
            stored = [entry["body"] for entry in session.messages("all", limit=50)]
            self.assertEqual("to the crowd" in stored, session is hears)
            if session is hears:
                session.wait_message("to the crowd")  # webhooks of two chats do not wait for each other
            else:
                self.assertNotIn("to the crowd", self.seen(session))
            self.assertIn("to you alone", stored)
            # Sending is as ever.
            self.assertTrue(session.send(crowd, "from the session").startswith(f"true_{crowd}_"))
            self.assertIn("from the session", [entry["body"] for entry in session.messages("all", limit=50)])

    def test_direct_messages_may_be_ignored_too(self):
        session, phone = self.paired_with(ignore={"dm": True, "groups": False})
        friend = self.sandbox.account()
        crowd = self.group(friend, phone)
        friend.send(phone.digits, "psst")
        friend.send(crowd, "aloud")
        session.wait_message("aloud")
        self.assertNotIn("psst", self.seen(session))
        self.assertNotIn("psst", [entry["body"] for entry in session.messages("all", limit=50)])

    def test_people_may_appear_under_their_lid(self):
        session, phone = self.paired_with(ids="lid")
        friend = self.sandbox.account()
        friend.send(phone.digits, "who am I")
        told = session.wait_message("who am I").payload
        self.assertEqual(told["from"], friend.lid_jid.split("@")[0].split(":")[0] + "@lid")
        self.assertIn(told["from"], told["id"])
        self.assertEqual(told["_data"]["chat"], {"lid": told["from"], "pn": friend.chat_id})

    def test_a_webhook_may_have_a_sha256_signature_beside_wahas(self):
        session, _ = self.paired_with()
        for delivery in self.hooks.deliveries(session=session.name)[:3]:
            for name, how in (("X-Webhook-Hmac", "sha512"), ("X-Webhook-Hmac-Signature", "sha256")):
                self.assertEqual(delivery.headers[name], hmac.new(b"k", delivery.body, getattr(hashlib, how)).hexdigest())


class BootTest(GatewayCase):
    @classmethod
    def environment(cls):
        return {"WHATSAPP_RESTART_ALL_SESSIONS": "True"}

    def test_stopped_sessions_start_again_with_the_server(self):
        session = Session(self.gateway, self.hooks, "sleeper")
        session.create(start=False)
        self.assertEqual(session.status(), "STOPPED")
        self.gateway.stop()
        self.gateway.start()
        self.assertIn(session.status(), ("STARTING", "SCAN_QR_CODE"))


if __name__ == "__main__":
    main()
