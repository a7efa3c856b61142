"""Texts in and out, acknowledgements, webhooks, and the network's bad days."""

import concurrent.futures
import http.client
import re
import shutil
import subprocess

from world import GatewayCase  # first: it knows where the harness is
from harness import main, require, wait_until
from harness.gateway import bare_id

AWKWARD = "Grüße \"quoted\" \\ / <b>&amp;</b> \u2028 \u0007 \t 🙏🏽 ﷽ 00123 1e5 end"


class SendTest(GatewayCase):
    def test_acknowledgements_go_from_server_to_device_to_read(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        sent = session.send(other.chat_id, "read me")
        self.assertRegex(sent, r"^true_[^_]+_[0-9A-F]+$")
        other.received("read me")
        session.wait_ack(sent, 2)
        other.read(bare_id(sent))
        self.assertEqual(session.wait_ack(sent, 3).payload["ackName"], "READ")
        levels = [entry.payload["ack"] for entry in self.hooks.deliveries("message.ack", session.name)
                  if bare_id(entry.payload["id"]) == bare_id(sent)]
        self.assertEqual(levels, sorted(set(levels)), "each level once, and in order")
        self.assertEqual(levels, [1, 2, 3])

    def test_a_message_carries_the_token_with_which_it_is_reported(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        tokens = lambda name: self.sandbox.stats()["counters"].get(name, 0)
        before, wrong = tokens("reporting_tokens"), tokens("reporting_tokens_wrong")
        session.send(other.chat_id, "no spam")
        other.received("no spam")
        self.assertEqual(tokens("reporting_tokens") - before, 1)
        self.assertEqual(tokens("reporting_tokens_wrong"), wrong)

    def test_unread_messages_of_a_chat_are_marked_as_read(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        ids = [other.send(account.digits, f"news {number}") for number in range(3)]
        session.wait_message("news 2")
        path = f"/api/{session.name}/chats/{other.chat_id}/messages/read"
        latest = session.api.post(path + "?messages=1", expect=201)["ids"]
        self.assertEqual([bare_id(one) for one in latest], [ids[2]])
        other.ack_of(ids[2], 3)
        rest = session.api.post(path, expect=201)["ids"]
        self.assertTrue({ids[0], ids[1]} <= {bare_id(one) for one in rest} | {ids[2]})
        for one in ids[:2]:
            other.ack_of(one, 3)
        session.api.post(path + "?days=0", expect=400)

    def test_a_reply_quotes_its_message(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        question = other.send(account.digits, "what time is it?")
        received = session.wait_message("what time is it?")
        answer = session.send(other.chat_id, "noon", reply_to=received.payload["id"])
        self.assertEqual(other.received("noon")["quotedId"], question)
        other.send(account.digits, "thanks", replyTo=bare_id(answer))
        thanks = session.wait_message("thanks")
        self.assertEqual(bare_id(thanks.payload["replyTo"]["id"]), bare_id(answer))

    def test_text_of_any_kind_arrives_unchanged(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        for text in (AWKWARD, "x" * 20_000, " leading and trailing ", "line\nbreak"):
            session.send(other.chat_id, text)
            other.received(text)
            other.send(account.digits, text)
            session.wait_message(text)

    def test_a_message_id_chosen_by_the_client_is_sent_once(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        chosen = "3EB0C0FFEE0123456789"
        first = session.send(other.chat_id, "only once", id=chosen)
        session.api.request("POST", "/api/sendText", {"session": session.name, "chatId": other.chat_id, "text": "only once", "id": chosen})
        self.assertEqual(bare_id(first), chosen)
        session.send(other.chat_id, "barrier")
        other.received("barrier")
        self.assertEqual([entry["id"] for entry in other.messages() if entry["text"] == "only once"], [chosen])

    def keyed(self, session, chat: str, text: str, key: str):
        return session.api.request("POST", "/api/sendText", {"session": session.name, "chatId": chat, "text": text},
                                   headers={"Idempotency-Key": key})

    def arrived(self, session, other, text: str) -> list[str]:
        """The ids under which the phone has the text; what was sent before is there when a later text is."""
        barrier = f"after {text}"
        session.send(other.chat_id, barrier)
        other.received(barrier)
        return [entry["id"] for entry in other.messages() if entry["text"] == text]

    def test_a_request_repeated_with_its_key_is_answered_again_and_sent_once(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        first = self.keyed(session, other.chat_id, "pay", "order-17")
        again = self.keyed(session, other.chat_id, "pay", "order-17")
        self.assertEqual((first.status, again.status), (201, 201), f"{first} {again}")
        self.assertEqual(first.json()["id"], again.json()["id"])
        changed = self.keyed(session, other.chat_id, "pay more", "order-17")
        self.assertEqual((changed.status, changed.json()["reason"]), (422, "idempotency_key_reused"))
        self.assertEqual(self.keyed(session, other.chat_id, "pay", "not visible").status, 400)
        self.assertEqual(self.arrived(session, other, "pay"), [bare_id(first.json()["id"])])
        self.assertNotIn("pay more", [entry["text"] for entry in other.messages()])
        another = self.keyed(session, other.chat_id, "pay", "order-18")
        self.assertNotEqual(another.json()["id"], first.json()["id"])

    def test_a_key_is_kept_when_its_message_is_deleted_with_its_chat(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        self.assertEqual(self.keyed(session, other.chat_id, "once", "order-17").status, 201)
        session.api.delete(f"/api/{session.name}/chats/{other.chat_id}/messages", expect=200)
        again = self.keyed(session, other.chat_id, "once", "order-17")
        self.assertEqual(again.status, 404, str(again))
        self.assertEqual(len(self.arrived(session, other, "once")), 1)

    def test_the_key_of_one_session_means_nothing_to_another(self):
        one, two = self.new_paired()[0], self.new_paired()[0]
        other = self.sandbox.account()
        ids = {self.keyed(session, other.chat_id, "same key", "order-17").json()["id"] for session in (one, two)}
        self.assertEqual(len(ids), 2)

    def test_requests_with_one_key_at_the_same_time_are_one_message(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        account.faults(slowMs=50)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: self.keyed(session, other.chat_id, "at once", "order-17"), range(8)))
        account.faults()
        self.assertEqual({answer.status for answer in answers}, {201})
        ids = {bare_id(answer.json()["id"]) for answer in answers}
        self.assertEqual(self.arrived(session, other, "at once"), list(ids))

    def test_a_refused_send_does_not_use_up_its_key(self):
        session, _ = self.new_paired()
        number = "4915100009999"
        for _ in range(2):
            answer = self.keyed(session, number, "anybody?", "order-17")
            self.assertEqual((answer.status, answer.json()["reason"]), (422, "not_on_whatsapp"))
        other = self.sandbox.account(phone=number)
        answer = self.keyed(session, number, "anybody?", "order-17")
        self.assertEqual(answer.status, 201, str(answer))
        other.received("anybody?")

    def test_own_messages_are_reported_with_their_source(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "by the api")
        self.assertEqual(session.wait_message("by the api", event="message.any").payload["source"], "api")
        account.send(other.digits, "by the phone")
        seen = session.wait_message("by the phone", event="message.any").payload
        self.assertEqual((seen["source"], seen["fromMe"]), ("app", True))
        other.send(account.digits, "barrier")
        session.wait_message("barrier")
        incoming = [entry.payload["body"] for entry in self.hooks.deliveries("message", session.name)]
        self.assertEqual(incoming, ["barrier"])

    def test_many_messages_keep_their_order(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        texts = [f"number {number}" for number in range(30)]
        for text in texts:
            session.send(other.chat_id, text)
            other.send(account.digits, text)
        other.received(texts[-1])
        session.wait_message(texts[-1])
        self.assertEqual([entry["text"] for entry in other.messages() if not entry["fromMe"]], texts)
        received = self.hooks.journal.wait_count(
            lambda entry: entry.event == "message" and entry.session == session.name, len(texts), 20, "all texts as webhooks")
        self.assertEqual([entry.payload["body"] for entry in received], texts)

    def test_the_list_of_messages_has_both_sides_newest_first(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "one")
        other.received("one")
        other.send(account.digits, "two")
        session.wait_message("two")
        session.send(other.chat_id, "three")
        listed = session.messages(other.chat_id, limit=10, downloadMedia="false")
        self.assertEqual([(entry["body"], entry["fromMe"]) for entry in listed], [("three", True), ("two", False), ("one", True)])
        self.assertEqual([entry["body"] for entry in session.messages(other.chat_id, limit=1)], ["three"])
        self.assertEqual([entry["body"] for entry in session.messages("all", limit=2)], ["three", "two"])
        self.assertEqual([entry["body"] for entry in session.messages(other.lid_jid, limit=10)], ["three", "two", "one"])


class KeyAfterKillTest(GatewayCase):
    def test_a_key_is_known_after_a_kill(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()

        def send(text: str = "once"):
            return session.api.request("POST", "/api/sendText", {"session": session.name, "chatId": other.chat_id, "text": text},
                                       headers={"Idempotency-Key": "order-17"})

        first = send()
        self.assertEqual(first.status, 201, str(first))
        since = self.hooks.mark()
        self.gateway.kill()
        self.gateway.start()
        early = send()  # also while the session is still connecting
        session.wait_status("WORKING", since=since)
        late = send()
        self.assertEqual([answer.status for answer in (early, late)], [201, 201], f"{early} {late}")
        self.assertEqual({answer.json()["id"] for answer in (first, early, late)}, {first.json()["id"]})
        self.assertEqual(send("twice").status, 422)
        session.send(other.chat_id, "barrier")
        other.received("barrier")
        self.assertEqual([entry["id"] for entry in other.messages() if entry["text"] == "once"], [bare_id(first.json()["id"])])


    def test_a_client_whose_answer_was_lost_in_a_kill_can_ask_again(self):
        session, account = self.new_paired()
        other = self.sandbox.account()

        def send():
            return session.api.request("POST", "/api/sendText", {"session": session.name, "chatId": other.chat_id, "text": "lost answer"},
                                       headers={"Idempotency-Key": "order-17"})

        account.faults(withholdAcks=True, withholdDelivery=True)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            unanswered = pool.submit(send)
            arrived = other.received("lost answer")["id"]
            since = self.hooks.mark()
            self.gateway.kill()
            self.assertIsInstance(unanswered.exception(20), (OSError, http.client.HTTPException))
        account.faults()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        again = send()
        self.assertEqual((again.status, bare_id(again.json()["id"])), (201, arrived), str(again))
        session.send(other.chat_id, "barrier")
        other.received("barrier")
        self.assertEqual([entry["id"] for entry in other.messages() if entry["text"] == "lost answer"], [arrived])


class WebhookTest(GatewayCase):
    def test_a_delivery_is_signed_and_complete(self):
        key = "a shared secret"
        session, account = self.new_paired(hmac_key=key, metadata={"user.id": "42"})
        self.sandbox.account(pushName="Dave").send(account.digits, "signed")
        delivery = session.wait_message("signed")
        self.assertTrue(delivery.signed_with(key), dict(delivery.headers))
        self.assertFalse(delivery.signed_with("another"))
        self.assertTrue(delivery.headers["X-Webhook-Request-Id"])
        self.assertRegex(delivery.headers["X-Webhook-Timestamp"], r"^\d{13}$")
        self.assertTrue(delivery.headers["Content-Type"].startswith("application/json"))
        body = delivery.json
        self.assertRegex(body["id"], "^evt_[0-9a-hjkmnp-tv-z]{26}$")
        self.assertEqual((body["session"], body["event"], body["metadata"]), (session.name, "message", {"user.id": "42"}))
        self.assertEqual(body["me"]["id"], account.chat_id)
        self.assertIsInstance(body["timestamp"], int)
        self.assertIn("environment", body)
        self.assertRegex(body["payload"]["id"], r"^false_[^_]+_\w+$")

    def test_the_signed_bytes_are_what_javascript_would_write(self):
        # Consumers sign JSON.stringify(request.body) instead of the raw bytes; both must agree.
        node = require(shutil.which("node"), "node is not installed")
        session, account = self.new_paired(hmac_key="k", metadata={"n": "1"})
        self.sandbox.account(pushName="Ève \"E\" 🙂").send(account.digits, AWKWARD)
        session.wait_message(AWKWARD)
        script = "const b = require('fs').readFileSync(0, 'utf8'); process.stdout.write(JSON.stringify(JSON.parse(b)))"
        for delivery in self.hooks.deliveries(session=session.name):
            again = subprocess.run([node, "-e", script], input=delivery.body, capture_output=True, check=True).stdout
            self.assertEqual(again, delivery.body, "JSON.parse and JSON.stringify must give the same bytes")

    def test_a_failing_endpoint_gets_the_same_event_again(self):
        session, account = self.new_paired(events=["message", "session.status"], retries={"policy": "constant", "delaySeconds": 0, "attempts": 15})
        self.hooks.fail(session.endpoint, 500, 404, 503)
        self.sandbox.account().send(account.digits, "retry me")
        self.hooks.wait("message", lambda entry: entry.accepted, session=session.name, path=session.endpoint)
        attempts = self.hooks.deliveries("message", session.name)
        self.assertEqual([entry.accepted for entry in attempts], [False, False, False, True])
        self.assertEqual(len({entry.headers["X-Webhook-Request-Id"] for entry in attempts}), 1)
        self.assertEqual(len({entry.body for entry in attempts}), 1)

    def test_only_subscribed_events_are_delivered(self):
        session, account = self.new_paired(events=["message.ack", "session.status"])
        other = self.sandbox.account()
        other.send(account.digits, "nobody asked for this")
        sent = session.send(other.chat_id, "but for this")
        session.wait_ack(sent, 2)
        kinds = {entry.event for entry in self.hooks.deliveries(session=session.name)}
        self.assertEqual(kinds, {"message.ack", "session.status"})

    def test_an_event_survives_a_kill_before_its_delivery(self):
        session, account = self.new_paired(events=["message", "session.status"], retries={"policy": "constant", "delaySeconds": 1, "attempts": 15})
        self.hooks.fail(session.endpoint, *[503] * 1000)
        self.sandbox.account().send(account.digits, "kept")
        refused = session.wait_message("kept")
        self.assertFalse(refused.accepted)
        self.gateway.kill()
        self.hooks.recover(session.endpoint)
        self.gateway.start()
        accepted = self.hooks.wait("message", lambda entry: entry.accepted, session=session.name, path=session.endpoint)
        self.assertEqual(accepted.json["id"], refused.json["id"])
        self.assertEqual(accepted.payload, refused.payload)


class BadDaysTest(GatewayCase):
    """Faults of the network."""

    def test_a_stanza_that_comes_twice_is_delivered_once(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        account.faults(duplicate=True)
        for number in range(5):
            other.send(account.digits, f"twice {number}")
        account.faults()
        other.send(account.digits, "barrier")
        session.wait_message("barrier")
        bodies = [entry.payload["body"] for entry in self.hooks.deliveries("message", session.name)]
        self.assertEqual(bodies, [f"twice {number}" for number in range(5)] + ["barrier"])

    def test_a_message_that_cannot_be_decrypted_is_asked_for_again(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        other.send(account.digits, "established")
        session.wait_message("established")
        account.faults(undecryptable=1)
        lost = other.send(account.digits, "garbled at first")
        received = session.wait_message("garbled at first", seconds=40)
        self.assertEqual(bare_id(received.payload["id"]), lost)
        other.send(account.digits, "and further")
        session.wait_message("and further")

    def test_a_recipient_without_one_time_prekeys_is_reached(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        other.faults(noOneTimePrekeys=True)
        session.send(other.chat_id, "no one-time prekey")
        self.assertEqual(other.received("no one-time prekey")["encType"], "pkmsg")

    def test_a_message_without_server_acknowledgement_is_sent_once_and_confirmed_later(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        account.faults(withholdAcks=True)
        chosen = "3EB0AAAABBBBCCCC0001"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = pool.submit(session.api.request, "POST", "/api/sendText",
                                 {"session": session.name, "chatId": other.chat_id, "text": "unconfirmed", "id": chosen}).result()
        self.assertLess(answer.status, 300, answer)
        account.faults()
        since = self.hooks.mark()
        account.disconnect()
        session.wait_status("WORKING", since=since)
        session.wait_ack(chosen, 1, seconds=40)
        session.send(other.chat_id, "barrier")
        other.received("barrier")
        self.assertEqual(sum(entry["id"] == chosen for entry in other.messages()), 1)

    def test_messages_out_of_order_are_all_understood(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        other.send(account.digits, "established")
        session.wait_message("established")
        account.faults(reorder=True)
        expected = [f"swapped {number}" for number in range(6)]
        for text in expected:
            other.send(account.digits, text)
        for text in expected:
            session.wait_message(text)
        bodies = [entry.payload["body"] for entry in self.hooks.deliveries("message", session.name)]
        self.assertEqual(sorted(bodies[1:]), expected)

    def test_compressed_and_split_frames_are_understood(self):
        for fault in ("compress", "splitFrames"):
            with self.subTest(fault):
                session, account = self.new_paired()
                other = self.sandbox.account()
                account.faults(**{fault: True})
                for text in ("short", "long " * 2000):
                    other.send(account.digits, text)
                    session.wait_message(text)
                sent = session.send(other.chat_id, f"answer under {fault}")
                session.wait_ack(sent, 2)

    def test_a_device_list_that_the_server_disputes_is_refreshed(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "first")
        other.received("first")
        account.faults(wrongPhash=True)
        session.send(other.chat_id, "disputed")
        account.faults()
        session.send(other.chat_id, "after the dispute")
        other.received("after the dispute")
        self.assertEqual(sum(entry["text"] == "disputed" for entry in other.messages()), 1)

    def test_a_send_that_the_server_refuses_is_reported(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "accepted")
        account.faults(ackError="463", ackErrorCount=1)
        chosen = "3EB0AAAABBBBCCCC0463"
        answer = session.api.request("POST", "/api/sendText", {"session": session.name, "chatId": other.chat_id, "text": "refused", "id": chosen})
        self.assertLess(answer.status, 500, answer)
        session.wait_ack(chosen, -1)
        session.send(other.chat_id, "accepted again")
        other.received("accepted again")

    def test_a_connection_cut_after_every_few_stanzas_loses_nothing(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        account.faults(dropAfter=3)
        expected = [f"cut {number}" for number in range(9)]
        for text in expected:
            other.send(account.digits, text)
        session.wait_message(expected[-1], seconds=90)
        account.faults()
        bodies = [entry.payload["body"] for entry in self.hooks.deliveries("message", session.name)]
        self.assertEqual(bodies, expected)

    def test_connections_that_break_again_and_again_lose_nothing(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        expected = []
        for number in range(6):
            account.disconnect()
            expected.append(f"in between {number}")
            other.send(account.digits, expected[-1])
        session.wait_message(expected[-1], seconds=60)
        bodies = [entry.payload["body"] for entry in self.hooks.deliveries("message", session.name)]
        self.assertEqual(bodies, expected)


class RefusalTest(GatewayCase):
    """Requests that must be refused, without a 5xx and without harm."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        cls.session, cls.account = case.new_paired()

    def refuse(self, expected, method: str, path: str, body=None, **more):
        answer = self.gateway.api.request(method, path, body, **more)
        self.assertIn(answer.status, expected, f"{method} {path} {body!r}: {answer}")
        return answer

    def test_requests_without_the_right_key_are_unauthorized(self):
        for key in (None, "", "wrong", "harness-admin-key-6f1c2b7"):
            headers = {} if key is None else {"X-Api-Key": key}
            anonymous = type(self.gateway.api)(self.gateway.base)
            for path in ("/api/sessions", f"/api/sessions/{self.session.name}", f"/api/{self.session.name}/auth/qr"):
                answer = anonymous.request("GET", path, headers=headers)
                self.assertEqual(answer.status, 401, f"{path} with key {key!r}: {answer}")

    def test_a_send_with_missing_or_wrong_fields_is_refused(self):
        other = self.sandbox.account()
        good = {"session": self.session.name, "chatId": other.chat_id, "text": "hello"}
        for change in ({"chatId": None}, {"text": None}, {"chatId": 5}, {"text": ["a"]}, {"chatId": ""}, {"chatId": "nonsense@nowhere"},
                       {"chatId": "abc@c.us"}, {"chatId": "../etc@c.us"}, {"reply_to": 7}):
            self.refuse((400, 422), "POST", "/api/sendText", {**good, **change})
        for field in ("chatId", "text"):
            self.refuse((400, 422), "POST", "/api/sendText", {key: value for key, value in good.items() if key != field})

    def test_a_body_that_is_no_json_object_is_refused(self):
        for raw in (b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{\"session\":\"\\ud800\"}"):
            self.refuse((400, 422), "POST", "/api/sendText", raw=raw)
            self.refuse((400, 422), "POST", "/api/sessions", raw=raw) if raw != b"" else None

    def test_an_unknown_session_is_named_in_the_refusal(self):
        answer = self.refuse((404, 422), "POST", "/api/sendText", {"session": "nobody", "chatId": "4915200000@c.us", "text": "x"})
        self.assertIn("nobody", answer.body.decode())
        self.refuse((404,), "GET", "/api/sessions/nobody")
        for action in ("start", "stop", "restart", "logout"):
            self.refuse((404, 422), "POST", f"/api/sessions/nobody/{action}", {})

    def test_a_number_that_is_not_on_whatsapp_is_refused(self):
        self.refuse((400, 404, 422), "POST", "/api/sendText", {"session": self.session.name, "chatId": "4999900001111@c.us", "text": "x"})

    def test_a_session_that_is_not_working_sends_nothing(self):
        stopped = self.new_session(start=False)
        answer = self.refuse((422,), "POST", "/api/sendText", {"session": stopped.name, "chatId": self.account.chat_id, "text": "x"})
        self.assertEqual((answer.json()["status"], answer.json()["expected"]), ("STOPPED", ["WORKING"]))

    def test_a_session_name_must_be_a_plain_word(self):
        for name in ("../up", "a/b", "a b", "", "x" * 300, "\u0000", "ü"):
            self.refuse((400, 422), "POST", "/api/sessions", {"name": name, "start": False})

    def test_a_webhook_that_is_no_http_address_is_refused(self):
        for url in ("ftp://127.0.0.1/x", "not a url", "", "file:///etc/passwd", 5):
            config = {"webhooks": [{"url": url, "events": ["message"]}]}
            self.refuse((400, 422), "POST", "/api/sessions", {"name": "bad-hook", "start": False, "config": config})

    def test_unknown_paths_and_methods_are_refused(self):
        self.refuse((404,), "GET", "/api/no/such/thing")
        self.refuse((404, 405), "PATCH", "/api/sessions")
        self.refuse((400, 404), "GET", "/api/sessions/%2e%2e%2fetc")

    def test_an_enormous_body_is_refused(self):
        raw = b'{"text": "' + b"x" * (64 << 20) + b'"}'
        try:
            answer = self.gateway.api.request("POST", "/api/sendText", raw=raw)
            self.assertIn(answer.status, (400, 413), answer)
        except OSError:
            pass  # the connection may be closed while we still write
        self.assertEqual(self.session.status(), "WORKING")

    def test_the_gateway_is_well_after_all_this(self):
        other = self.sandbox.account()
        self.session.send(other.chat_id, "still here")
        other.received("still here")


class HealthTest(GatewayCase):
    def test_ping_and_health_answer(self):
        self.assertEqual(self.gateway.api.request("GET", "/ping").status, 200)
        self.assertEqual(self.gateway.api.request("GET", "/health").status, 200)

    def test_keys_never_reach_the_log(self):
        session, account = self.new_paired(hmac_key="hmac-secret-3c1f")
        other = self.sandbox.account()
        session.send(other.chat_id, "private words 81f2")
        other.send(account.digits, "private words 99a0")
        session.wait_message("private words 99a0")
        wait_until(lambda: self.gateway.tail(), 1, "a log")
        log = self.gateway.tail(400)
        for secret in ("hmac-secret-3c1f", "private words", "harness-admin-key", account.phone, other.phone):
            self.assertIsNone(re.search(re.escape(secret), log), f"{secret} is in the log")


if __name__ == "__main__":
    main()
