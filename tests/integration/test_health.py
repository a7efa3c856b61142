"""What is told about the state of a session and of its sends."""

import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.gateway import bare_id


class HealthCase(GatewayCase):
    def outbox(self, session, message_id: str, expect=200) -> dict:
        path = f"/api/v1/{session.name}/outbox/{urllib.parse.quote(message_id, safe='')}"
        return session.api.get(path, expect=expect)

    def wait_state(self, session, message_id: str, state: str, seconds: float = 20) -> dict:
        return wait_until(lambda: (seen := self.outbox(session, message_id))["state"] == state and seen, seconds,
                          f"send {state}", lambda: self.outbox(session, message_id))


class SessionHealthTest(HealthCase):
    def test_a_working_session_tells_of_its_last_round_trip(self):
        session, account = self.new_paired()
        health = wait_until(lambda: (seen := session.info()["health"])["healthy"] and seen, 20, "healthy",
                            lambda: session.info()["health"])
        self.assertGreaterEqual(health["roundTripMs"], 0)
        self.assertGreater(health["lastPongAt"], 0)
        self.assertGreaterEqual(health["lastStanzaAt"], health["lastPongAt"] - 1000)
        self.assertEqual((health["offlineBacklog"], health["unfinishedSends"]), (0, 0))
        self.assertEqual(health["disabledWebhooks"], [])

    def test_a_connection_that_leads_nowhere_is_noticed(self):
        session, account = self.new_paired()
        self.hooks.wait("session.health", lambda entry: entry.payload["healthy"], 20, session.name)
        since = self.hooks.mark()
        account.faults(halfOpen=True)
        sick = self.hooks.wait("session.health", lambda entry: not entry.payload["healthy"], 70, session.name, since)
        self.assertEqual(sick.payload["name"], session.name)
        self.assertFalse(session.info()["health"]["healthy"])
        account.faults()
        self.hooks.wait("session.health", lambda entry: entry.payload["healthy"], 70, session.name, since)
        self.assertTrue(session.info()["health"]["healthy"])

    def test_a_webhook_that_fails_is_seen_in_the_health_of_its_session(self):
        session, account = self.new_paired(retries={"policy": "constant", "delaySeconds": 1, "attempts": 15})
        self.hooks.answer(session.endpoint, lambda _: 500)
        self.sandbox.account().send(account.digits, "not delivered")
        failed = wait_until(lambda: (seen := session.info()["health"])["lastWebhookError"] and seen["pendingEvents"] > 0 and seen, 20,
                            "a failure", lambda: session.info()["health"])
        self.assertEqual(failed["lastWebhookError"]["status"], 500)
        self.hooks.recover(session.endpoint)
        session.wait_message("not delivered")
        wait_until(lambda: session.info()["health"]["pendingEvents"] == 0, 20, "nothing pending")


class OutboxTest(HealthCase):
    def test_a_send_is_followed_from_its_bytes_to_its_acknowledgement(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "first")  # sessions exist from here on
        other.received("first")
        account.faults(halfOpen=True)
        sent = session.send(other.chat_id, "second")
        seen = self.wait_state(session, sent, "sending")
        self.assertEqual((bare_id(seen["id"]), seen["ack"]), (bare_id(sent), 0))
        account.faults()
        since = self.hooks.mark()
        account.disconnect()
        session.wait_status("WORKING", 40, since=since)
        self.wait_state(session, bare_id(sent), "sent", 40)
        self.assertEqual([entry["text"] for entry in other.messages()].count("second"), 1)

    def test_what_was_never_sent_is_not_there(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        received = other.send(account.digits, "from somebody else")
        session.wait_message("from somebody else")
        for unknown in ("3EB0000000000000000000", received, f"true_{other.chat_id}_3EB0000000000000000000"):
            self.outbox(session, unknown, expect=404)

    def test_a_send_that_is_refused_later_has_failed_and_an_event_says_so(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        account.faults(ackError="463")
        path = "/api/sendText"
        body = {"session": session.name, "chatId": other.chat_id, "text": "refused"}
        answer = session.api.request("POST", path, body, headers={"Idempotency-Key": "refused-1"})
        self.assertEqual(answer.status, 422, answer)
        self.assertEqual((answer.json()["reason"], answer.json()["code"]), ("reachout_timelock", 463))
        failed = self.hooks.wait("message.failed", lambda entry: True, 20, session.name)
        self.assertEqual((failed.payload["code"], failed.payload["reason"]), (463, "reachout_timelock"))
        seen = self.outbox(session, failed.payload["id"])
        self.assertEqual((seen["state"], seen["failure"]["code"]), ("failed", 463))
        again = session.api.request("POST", path, body, headers={"Idempotency-Key": "refused-1"})
        self.assertEqual((again.status, again.json()["reason"], again.json()["code"]), (422, "reachout_timelock", 463))


if __name__ == "__main__":
    main()
