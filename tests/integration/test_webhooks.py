"""Webhooks as their receivers see them: order, failures, dead letters, switching off and on."""

import base64
import hashlib
import hmac
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import WebSocketStream, main, wait_until
from harness.gateway import ADMIN_KEY

QUICK = {"policy": "constant", "delaySeconds": 1, "attempts": 3}


class WebhookCase(GatewayCase):
    def hooked(self, *endpoints: dict):
        """A paired session with these webhooks beside the harness's own."""
        session, account = self.new_paired()
        config = session.info()["config"]
        config["webhooks"] += list(endpoints)
        session.api.put(f"/api/sessions/{session.name}", {"config": config})
        wait_until(lambda: session.status() == "WORKING", 20, "working again")
        return session, account

    def endpoint(self, name: str, **more) -> dict:
        return {"url": self.hooks.url(name), "events": ["message"], "retries": QUICK, **more}

    def bodies(self, path: str, accepted: bool | None = True) -> list[str]:
        return [entry.payload["body"] for entry in self.hooks.deliveries("message", path=path)
                if accepted is None or entry.accepted == accepted]

    def wait_body(self, path: str, body: str, seconds: float = 20):
        return self.hooks.journal.wait(lambda entry: entry.path == "/" + path and entry.accepted and entry.payload.get("body") == body,
                                       seconds, f"{body!r} at {path}")

    def dead_letters(self, session, **query) -> list[dict]:
        text = urllib.parse.urlencode({"session": session.name, **query})
        return self.gateway.api.get(f"/api/v1/dead-letters?{text}")["deadLetters"]

    def wait_dead(self, session, count: int, seconds: float = 30) -> list[dict]:
        return wait_until(lambda: (found := self.dead_letters(session)) and len(found) >= count and found, seconds,
                          f"{count} dead letter(s)", lambda: self.dead_letters(session))


class OrderTest(WebhookCase):
    def test_a_chat_that_fails_keeps_its_order_and_holds_up_no_other(self):
        session, account = self.hooked(self.endpoint("picky", retries={**QUICK, "attempts": 15}), self.endpoint("easy"))
        bad, good = self.sandbox.account(), self.sandbox.account()
        is_open = []
        self.hooks.answer("picky", lambda delivery: 500 if delivery.payload["body"].startswith("bad") and not is_open else None)
        for number in range(5):
            bad.send(account.digits, f"bad {number}")
            good.send(account.digits, f"good {number}")
        self.wait_body("picky", "good 4")
        self.wait_body("easy", "bad 4")
        self.wait_body("easy", "good 4")
        self.assertEqual([body for body in self.bodies("picky") if body.startswith("bad")], [])
        self.assertEqual([body for body in self.bodies("easy") if body.startswith("bad")], [f"bad {n}" for n in range(5)])
        is_open.append(True)
        self.wait_body("picky", "bad 4", 40)
        for word in ("bad", "good"):
            self.assertEqual([body for body in self.bodies("picky") if body.startswith(word)], [f"{word} {n}" for n in range(5)])

    def test_every_attempt_says_which_it_is_and_is_signed(self):
        secret = base64.b64encode(b"k" * 32).decode()
        session, account = self.hooked(self.endpoint("signed", signing={"secrets": ["whsec_" + secret]}))
        self.hooks.fail("signed", 500, 503)
        self.sandbox.account().send(account.digits, "sign this")
        self.wait_body("signed", "sign this")
        attempts = self.hooks.deliveries("message", path="signed")
        self.assertEqual([entry.headers["X-Webhook-Attempt"] for entry in attempts], ["1", "2", "3"])
        self.assertEqual({entry.headers["webhook-id"] for entry in attempts}, {attempts[0].json["id"]})
        self.assertEqual({entry.headers["X-Webhook-Request-Id"] for entry in attempts}, {attempts[0].json["id"]})
        for entry in attempts:
            signed = f"{entry.headers['webhook-id']}.{entry.headers['webhook-timestamp']}.".encode() + entry.body
            wanted = base64.b64encode(hmac.new(b"k" * 32, signed, hashlib.sha256).digest()).decode()
            self.assertEqual(entry.headers["webhook-signature"], "v1," + wanted)


class DeadLetterTest(WebhookCase):
    def test_what_was_given_up_is_listed_and_sent_again_when_asked(self):
        session, account = self.hooked(self.endpoint("dead"))
        self.hooks.answer("dead", lambda _: 500)
        other = self.sandbox.account()
        other.send(account.digits, "given up")
        letter, = self.wait_dead(session, 1)
        self.assertEqual((letter["event"], letter["attempts"], letter["status"], letter["reason"]), ("message", 3, 500, "exhausted"))
        session.wait_message("given up")  # the other endpoint has it
        # It survives a kill, and so does what comes after it.
        since = self.hooks.mark()
        self.gateway.kill()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        self.assertEqual([entry["id"] for entry in self.dead_letters(session)], [letter["id"]])
        self.hooks.recover("dead")
        self.assertEqual(self.gateway.api.post("/api/v1/dead-letters/replay", {"session": session.name}, expect=(200, 201, 202))["replaying"], 1)
        replayed = self.wait_body("dead", "given up")
        self.assertEqual(replayed.headers.get("webhook-replay"), "1")
        first = self.hooks.deliveries("message", path="dead")[0]
        self.assertEqual(replayed.json["id"], first.json["id"])
        wait_until(lambda: not self.dead_letters(session), 10, "no dead letter any more")
        other.send(account.digits, "next")
        self.wait_body("dead", "next")

    def test_dead_letters_can_be_thrown_away(self):
        session, account = self.hooked(self.endpoint("thrown"))
        self.hooks.answer("thrown", lambda _: 500)
        self.sandbox.account().send(account.digits, "forget me")
        self.wait_dead(session, 1)
        self.assertEqual(self.gateway.api.request("DELETE", "/api/v1/dead-letters").status, 400)
        self.gateway.api.delete(f"/api/v1/dead-letters?session={session.name}", expect=(200, 204))
        self.assertEqual(self.dead_letters(session), [])


class DisabledTest(WebhookCase):
    def state(self, session, name: str) -> dict:
        listed = self.gateway.api.get(f"/api/v1/{session.name}/webhooks")
        listed = listed.get("webhooks", listed) if isinstance(listed, dict) else listed
        return next(entry for entry in listed if entry["url"] == self.hooks.url(name))

    def test_an_endpoint_that_is_gone_is_switched_off_and_goes_on_when_switched_on(self):
        session, account = self.hooked(self.endpoint("gone"))
        stream = WebSocketStream(self.gateway.base, ADMIN_KEY, session=session.name, events="webhook.state")
        self.addCleanup(stream.close)
        self.hooks.answer("gone", lambda _: 410)
        other = self.sandbox.account()
        other.send(account.digits, "nobody there")
        off = stream.wait(lambda entry: entry["event"] == "webhook.state", 20, "the endpoint is switched off")
        self.assertEqual((off["payload"]["enabled"], off["payload"]["reason"]), (False, "gone"))
        self.assertFalse(self.state(session, "gone")["enabled"])
        self.assertIn(off["payload"]["endpoint"], str(session.info()["health"]["disabledWebhooks"]))
        self.hooks.recover("gone")
        other.send(account.digits, "while off")
        session.wait_message("while off")
        # A restart does not switch it on.
        since = self.hooks.mark()
        self.gateway.kill()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        self.assertFalse(self.state(session, "gone")["enabled"])
        self.assertEqual(self.bodies("gone"), [])
        endpoint = urllib.parse.quote(off["payload"]["endpoint"], safe="")
        self.gateway.api.post(f"/api/v1/{session.name}/webhooks/{endpoint}/enable", {}, expect=(200, 201, 204))
        self.wait_body("gone", "while off")
        self.assertTrue(self.state(session, "gone")["enabled"])


class GlobalWebhookTest(WebhookCase):
    @classmethod
    def environment(cls) -> dict[str, str]:
        return {"WHATSAPP_HOOK_URL": cls.hooks.url("global"), "WHATSAPP_HOOK_EVENTS": "session.status", "WHATSAPP_HOOK_RETRIES_ATTEMPTS": "1"}

    def test_its_attempts_come_from_the_environment(self):
        self.hooks.fail("global", 500)
        session = self.new_session()
        self.hooks.wait("session.status", session=session.name, path="global",
                        wanted=lambda delivery: delivery.payload["status"] == "SCAN_QR_CODE")
        letter = self.wait_dead(session, 1)[0]
        self.assertEqual((letter["reason"], letter["attempts"]), ("exhausted", 1))


if __name__ == "__main__":
    main()
