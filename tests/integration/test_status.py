"""Status posts: to the right people and nobody else, in every form, told when they come, and deleted again."""

import base64
import concurrent.futures

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.gateway import bare_id

STATUS = "status@broadcast"
# One white pixel.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC")


class StatusCase(GatewayCase):
    def post(self, session, kind: str, expect: int = 201, headers=None, **body):
        answer = session.api.request("POST", f"/api/{session.name}/status/{kind}", body, headers=headers)
        self.assertEqual(answer.status, expect, str(answer))
        return answer.json()

    def text(self, session, text: str, expect: int = 201, **more):
        return self.post(session, "text", expect, **{"text": text, "backgroundColor": "#38b42f", "font": 0, **more})

    def at_phone(self, account, post_id: str) -> dict:
        wanted = bare_id(post_id)
        return account.message(lambda entry: entry["id"] == wanted, what=f"status {wanted}")

    def has(self, account, post_id: str) -> bool:
        return any(entry["id"] == bare_id(post_id) for entry in account.messages())

    def phone_posts(self, account, **body) -> str:
        return self.sandbox.api.post(f"/control/accounts/{account.phone}/status", body, expect=201)["id"]

    def arrived(self, session, post_id: str, event: str = "message"):
        return self.hooks.wait(event, lambda delivery: bare_id(delivery.payload.get("id")) == post_id, 30, session.name,
                               path=session.endpoint, what=f"{event} {post_id}")

    def settle(self, session, account, barrier: str):
        """What was on its way to the phone has come once this has."""
        session.send(account.chat_id, barrier)
        account.received(barrier)


class PostingTest(StatusCase):
    def test_a_text_reaches_the_named_people_with_its_colour_and_font(self):
        session, own = self.new_paired()
        friend, stranger = self.sandbox.account(), self.sandbox.account()
        posted = self.text(session, "for a friend", contacts=[friend.chat_id], backgroundColor="#112233", font=2)
        self.assertEqual(posted["from"], STATUS)
        self.assertTrue(posted["fromMe"])
        self.assertEqual(posted["ack"], 1)
        self.assertTrue(own.is_me(posted["participant"]))
        seen = self.at_phone(friend, posted["id"])
        self.assertEqual((seen["chat"], seen["text"], seen["background"], seen["font"]), (STATUS, "for a friend", 0xFF112233, 2))
        self.assertTrue(own.is_me(seen["from"]))
        self.assertTrue(self.at_phone(own, posted["id"])["fromMe"])
        self.settle(session, stranger, "after the status")
        self.assertFalse(self.has(stranger, posted["id"]))
        told = self.arrived(session, bare_id(posted["id"]), "message.any")
        self.assertEqual(told.payload["body"], "for a friend")
        self.assertEqual([entry["body"] for entry in session.messages(STATUS)], ["for a friend"])

    def test_who_sees_it_tells(self):
        session, _ = self.new_paired()
        friend = self.sandbox.account()
        posted = self.text(session, "look", contacts=[friend.digits])
        self.at_phone(friend, posted["id"])
        friend.read(bare_id(posted["id"]))
        acknowledged = session.wait_ack(posted["id"], 3)
        self.assertTrue(friend.is_me(acknowledged.payload["participant"]))

    def test_files_are_posted_in_every_form(self):
        session, _ = self.new_paired()
        friend = self.sandbox.account()
        data = base64.b64encode(PNG).decode()
        for kind, media, body in (
                ("image", "image", {"file": {"mimetype": "image/png", "data": data}, "caption": "white"}),
                ("video", "video", {"file": {"mimetype": "video/mp4", "data": data}, "convert": False, "caption": "still"}),
                ("voice", "voice", {"file": {"mimetype": "audio/ogg; codecs=opus", "data": data}, "convert": False,
                                    "backgroundColor": "#ff0000"})):
            with self.subTest(kind):
                posted = self.post(session, kind, contacts=[friend.chat_id], **body)
                seen = self.at_phone(friend, posted["id"])
                self.assertEqual((seen["chat"], seen["media"]["kind"]), (STATUS, media))
                self.assertEqual(seen["media"]["caption"], body.get("caption", ""))
                if kind == "voice":
                    self.assertEqual(seen["background"], 0xFFFF0000)
                file = self.sandbox.api.request("GET", f"/control/accounts/{friend.phone}/messages/{bare_id(posted['id'])}/file")
                self.assertEqual(file.body, PNG)

    def test_without_names_the_privacy_settings_decide(self):
        session, own = self.new_paired()
        people = [self.sandbox.account() for _ in range(3)]
        for number, person in enumerate(people):
            session.api.put(f"/api/{session.name}/contacts/{person.chat_id}", {"firstName": f"Person {number}", "lastName": ""})
        for audience, listed, wanted in (("contacts", [], [0, 1, 2]), ("blacklist", [1], [0, 2]), ("whitelist", [2], [2])):
            with self.subTest(audience):
                numbers = " ".join(people[index].phone for index in listed)
                own.profile(privacy={"statusAudience": audience, "statusList": numbers})
                posted = self.text(session, f"by {audience}")
                for index in wanted:
                    self.at_phone(people[index], posted["id"])
                for index, person in enumerate(people):
                    self.settle(session, person, f"after {audience} {index}")
                    self.assertEqual(self.has(person, posted["id"]), index in wanted, f"person {index}")

    def test_batches_under_one_id_are_one_post(self):
        session, _ = self.new_paired()
        first, second = self.sandbox.account(), self.sandbox.account()
        number = session.api.get(f"/api/{session.name}/status/new-message-id")["id"]
        for person in (first, second):
            posted = self.text(session, "for many", id=number, contacts=[person.chat_id])
            self.assertEqual(bare_id(posted["id"]), number)
        for person in (first, second):
            self.assertEqual(self.at_phone(person, number)["text"], "for many")
        self.assertEqual(len(session.messages(STATUS)), 1)
        told = [entry for entry in self.hooks.deliveries("message.any", session.name, 0, session.endpoint)
                if bare_id(entry.payload["id"]) == number]
        self.assertEqual(len(told), 1)
        self.text(session, "something else", expect=422, id=number, contacts=[second.chat_id])
        # Deleted for all of them, not for the last batch alone.
        self.post(session, "delete", id=number)
        for person in (first, second):
            person.message(lambda entry: entry["id"] == number and entry.get("deleted"), what="a deleted status")

    def test_batches_at_once_reach_everybody(self):
        session, _ = self.new_paired()
        people = [self.sandbox.account() for _ in range(4)]
        number = session.api.get(f"/api/{session.name}/status/new-message-id")["id"]
        with concurrent.futures.ThreadPoolExecutor(len(people)) as pool:
            list(pool.map(lambda person: self.text(session, "all at once", id=number, contacts=[person.chat_id]), people))
        for person in people:
            self.assertEqual(self.at_phone(person, number)["text"], "all at once")
        self.assertEqual(len(session.messages(STATUS)), 1)
        self.assertEqual(self.sandbox.stats()["reusedMessageKeys"], 0)

    def test_a_deleted_post_is_gone_where_it_was(self):
        session, _ = self.new_paired()
        friend, other = self.sandbox.account(), self.sandbox.account()
        posted = self.text(session, "a mistake", contacts=[friend.chat_id])
        self.at_phone(friend, posted["id"])
        removed = self.post(session, "delete", id=posted["id"])
        self.assertNotEqual(bare_id(removed["id"]), bare_id(posted["id"]))
        friend.message(lambda entry: entry["id"] == bare_id(posted["id"]) and entry.get("deleted"), what="a deleted status")
        self.settle(session, other, "after the deletion")
        self.post(session, "delete", expect=422, id=posted["id"])
        self.post(session, "delete", expect=404, id="3EB0UNKNOWN")

    def test_what_cannot_be_posted_is_refused(self):
        session, _ = self.new_paired()
        for body in ({"text": ""}, {"text": "x", "backgroundColor": "green"}, {"text": "x", "font": "bold"},
                     {"text": "x", "font": 99}, {"text": "x", "contacts": "all"}):
            with self.subTest(body):
                self.text(session, **{"text": "x", **body, "expect": 400})
        self.text(session, "x", expect=400, contacts=["120363000000000001@g.us"])
        self.text(session, "x", expect=422, contacts=["4999999999999"])
        self.post(session, "delete", expect=400)
        self.post(session, "image", expect=400, caption="no file")
        # What was accepted and then had nobody to go to is kept as failed.
        self.assertEqual([entry["ack"] for entry in session.messages(STATUS)], [-1])

    def test_a_repeated_request_is_one_post(self):
        session, _ = self.new_paired()
        friend = self.sandbox.account()
        body = {"text": "once", "backgroundColor": "#38b42f", "font": 0, "contacts": [friend.chat_id]}
        ids = [self.post(session, "text", headers={"Idempotency-Key": "status-1"}, **body)["id"] for _ in range(2)]
        self.assertEqual(ids[0], ids[1])
        self.at_phone(friend, ids[0])
        self.assertEqual(len(session.messages(STATUS)), 1)


class ReceivingTest(StatusCase):
    def test_posts_of_others_are_told_and_kept(self):
        session, own = self.new_paired()
        friend = self.sandbox.account(pushName="Friend")
        number = self.phone_posts(friend, text="my day", contacts=[own.phone])
        payload = self.arrived(session, number).payload
        self.assertEqual((payload["from"], payload["body"], payload["fromMe"]), (STATUS, "my day", False))
        self.assertEqual(payload["participant"], friend.chat_id)
        self.assertEqual([entry["body"] for entry in session.messages(STATUS)], ["my day"])
        friend.ack_of(number, 2)
        session.api.post("/api/sendSeen", {"session": session.name, "chatId": STATUS, "messageIds": [payload["id"]]})
        friend.ack_of(number, 3)

    def test_a_picture_comes_with_its_file(self):
        session, own = self.new_paired()
        friend = self.sandbox.account()
        number = self.phone_posts(friend, contacts=[own.phone], media={"data": base64.b64encode(PNG).decode(), "mimetype": "image/png",
                                                                        "kind": "image", "caption": "white"})
        payload = self.arrived(session, number).payload
        self.assertTrue(payload["hasMedia"])
        self.assertEqual(payload["body"], "white")
        self.assertEqual(session.api.request("GET", f"/api/files/{session.name}/{number}.png").body, PNG)

    def test_a_post_that_is_deleted_is_told_so(self):
        session, own = self.new_paired()
        friend = self.sandbox.account()
        number = self.phone_posts(friend, text="too early", contacts=[own.phone])
        self.arrived(session, number)
        self.sandbox.api.delete(f"/control/accounts/{friend.phone}/status/{number}", expect=204)
        revoked = self.hooks.wait("message.revoked", lambda delivery: delivery.payload.get("revokedMessageId", "").find(number) >= 0, 20,
                                  session.name, path=session.endpoint, what="a revoked status")
        self.assertEqual(revoked.payload["before"]["body"], "too early")

    def test_own_posts_of_the_phone_are_told_as_own(self):
        session, own = self.new_paired()
        number = self.phone_posts(own, text="from my phone", contacts=[])
        payload = self.arrived(session, number, "message.any").payload
        self.assertTrue(payload["fromMe"])
        self.assertEqual(payload["source"], "app")

    def test_between_two_sessions(self):
        writer, _ = self.new_paired()
        reader, account = self.new_paired()
        posted = self.text(writer, "session to session", contacts=[account.chat_id])
        arrived = reader.wait_message("session to session")
        self.assertEqual(bare_id(arrived.payload["id"]), bare_id(posted["id"]))
        wait_until(lambda: self.sandbox.stats()["undecryptableAtPhones"] == 0, 5, "no undecryptable messages")


class InterruptionTest(StatusCase):
    def test_a_post_that_was_accepted_goes_to_the_same_people_after_a_kill(self):
        session, own = self.new_paired()
        friend, other = self.sandbox.account(), self.sandbox.account()
        session.send(friend.chat_id, "before")
        session.send(other.chat_id, "before")
        own.faults(withholdAcks=True)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(lambda: session.api.request("POST", f"/api/{session.name}/status/text", {
                "text": "survives", "backgroundColor": "#38b42f", "font": 0, "contacts": [friend.chat_id]}))
            friend.received("survives")
            self.gateway.kill()
            try:
                waiting.result(30)
            except Exception:  # the connection broke, as it should
                pass
        own.faults()
        self.gateway.start()
        wait_until(lambda: self.sandbox.stats()["counters"].get("messages_repeated", 0) > 0, 40, "the status, sent again")
        (kept,) = session.messages(STATUS)
        self.assertEqual(kept["body"], "survives")
        self.assertEqual(len([entry for entry in friend.messages() if entry["text"] == "survives"]), 1)
        self.assertFalse(any(entry["text"] == "survives" for entry in other.messages()))
        self.assertEqual(self.sandbox.stats()["changedRepeats"], 0)


if __name__ == "__main__":
    main()
