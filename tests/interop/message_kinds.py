"""What a foreign client and a session of the gateway must read in each other's messages. Mixins: the suites add the client."""

from harness.gateway import bare_id
from kinds import CARD, PIXEL, contents, differences, find

DAY = 86400


class KindBehaviours:
    """Of a WithGateway case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One pair for all tests: each looks at messages of its own only.
        cls.account = cls.sandbox.account()
        cls.client = cls.peer.client("kinds").pair(cls.sandbox, cls.account)

    # ------------------------------------------------------------------ helpers

    def post(self, path: str, body: dict) -> str:
        """Sends through the API into the chat with the client; the bare id of the message."""
        answer = self.session.api.post(path, {"session": "alice", "chatId": self.account.chat_id, **body}, expect=201)
        return bare_id(answer["id"])

    def arrived(self, message_id: str) -> dict:
        """The content that the client reads in a message of ours."""
        return self.client.wait_id(bare_id(message_id))["content"]

    def event(self, name: str, message_id: str, path=lambda payload: payload["id"]) -> dict:
        return self.hooks.wait(name, lambda delivery: bare_id(path(delivery.payload)) == bare_id(message_id), session="alice",
                               since=self.since, what=f"{name} of {message_id}").payload

    def from_client(self, content: dict) -> dict:
        """Lets the client send content; the gateway's event."""
        return self.event("message", self.client.send_content(self.alice.digits, content))

    def both_know(self, text: str, by_client: bool) -> str:
        """A text in the chat that both sides have; its bare id."""
        if by_client:
            sent = self.client.send(self.alice.digits, text)
            self.session.wait_message(text, since=self.since)
            return sent
        sent = bare_id(self.session.send(self.account.chat_id, text))
        self.client.wait_message(text)
        return sent

    def full_id(self, message_id: str, from_me: bool) -> str:
        return f"{'true' if from_me else 'false'}_{self.account.chat_id}_{message_id}"

    def key(self, message_id: str, from_me: bool) -> dict:
        """How the client names a message of its chat with us."""
        return {"remoteJid": self.alice.lid_jid, "fromMe": from_me, "id": message_id}

    # ------------------------------------------------------------------ the client writes, the gateway reads

    def test_every_kind_of_the_client_becomes_an_event(self):
        cards = [CARD.format(name=name) for name in ("Carla", "Dora")]
        place = {"latitude": "52.5", "longitude": "13.375"}
        expected = {
            "short text": ("text", "a short text \U0001f98a", {}),
            "mention": ("text", f"hello @{self.alice.lid_jid.split('@')[0]}", {}),
            "link preview": ("text", "look: https://example.org/page", {}),
            "forwarded": ("text", "passed on", {}),
            "location": ("location", None, {"location": place | {"name": "Reichstag", "address": "Platz der Republik 1", "live": False}}),
            "live location": ("location", None, {"location": place | {"live": True}}),
            "contact": ("contacts", None, {"vCards": cards[:1]}),
            "contacts": ("contacts", None, {"vCards": cards}),
            "list": ("list", None, {}),
            "list answer": ("list_reply", None, {}),
            "button answer": ("button_reply", None, {}),
            "template answer": ("template_reply", None, {}),
            "group invite": ("group_invite", None, {}),
            "poll": ("poll", "Where to?", {}),
            "event": ("event", None, {}),
            "view once": ("text", "only once", {}),
            "disappearing": ("text", "soon gone", {}),
        }
        for kind, content in contents(self.alice.lid_jid).items():
            with self.subTest(kind):
                name, body, more = expected[kind]
                payload = self.from_client(content)
                self.assertEqual(payload["_data"]["kind"], name)
                self.assertFalse(payload["hasMedia"])
                if body is not None:
                    self.assertEqual(payload["body"], body)
                self.assertEqual(differences(more, payload), [], payload)

    def test_a_reaction_of_the_client_becomes_an_event_and_can_be_taken_back(self):
        for from_me in (True, False):
            target = self.both_know(f"to be reacted to, {from_me}", by_client=not from_me)
            for text in ("\U0001f44d", ""):
                with self.subTest(from_me=from_me, text=text):
                    since = self.hooks.mark()
                    self.client.send_content(self.alice.digits, {"reactionMessage": {"key": self.key(target, not from_me), "text": text}})
                    seen = self.hooks.wait("message.reaction", session="alice", since=since).payload
                    self.assertEqual(seen["reaction"], {"text": text, "messageId": self.full_id(target, from_me)})
                    self.assertTrue(self.account.is_me(seen["from"]), seen)

    def test_an_edit_of_the_client_becomes_an_event_and_changes_the_message(self):
        target = self.both_know("a first version", by_client=True)
        self.client.send_content(self.alice.digits, {"protocolMessage": {
            "key": self.key(target, True), "type": "MESSAGE_EDIT", "editedMessage": {"conversation": "a second version"}, "timestampMs": "1800000000000"}})
        seen = self.event("message.edited", target, lambda payload: payload["editedMessageId"])
        self.assertEqual(seen["body"], "a second version")
        self.assertIn("a second version", [message["body"] for message in self.session.messages(self.account.chat_id, limit=20)])

    def test_a_revocation_by_the_client_becomes_an_event(self):
        target = self.both_know("soon to be gone", by_client=True)
        self.client.send_content(self.alice.digits, {"protocolMessage": {"key": self.key(target, True), "type": "REVOKE"}})
        seen = self.event("message.revoked", target, lambda payload: payload["revokedMessageId"])
        self.assertEqual(seen["before"]["body"], "soon to be gone")
        self.assertNotIn("soon to be gone", [message["body"] for message in self.session.messages(self.account.chat_id, limit=20)])

    # ------------------------------------------------------------------ the gateway writes, the client reads

    def test_what_the_api_composes_is_what_the_client_reads(self):
        card = CARD.format(name="Erik")
        rows = [{"title": "Tea", "rowId": "tea", "description": "hot"}, {"title": "Juice", "rowId": "juice"}]
        event = {"name": "Picnic", "description": "Bring a blanket", "startTime": 1900000000, "location": {"name": "Park"}}
        cases = {
            "/api/sendLocation": (
                {"latitude": 38.89375, "longitude": -77.09697, "title": "Our office"},
                {"locationMessage": {"degreesLatitude": 38.89375, "degreesLongitude": -77.09697, "name": "Our office"}}),
            "/api/sendContactVcard": ({"contacts": [{"vcard": card}]}, {"contactMessage": {"vcard": card}}),
            "/api/sendPoll": (
                {"poll": {"name": "Tea or juice?", "options": ["Tea", "Juice"], "multipleAnswers": False}},
                {"name": "Tea or juice?", "options": [{"optionName": "Tea"}, {"optionName": "Juice"}], "selectableOptionsCount": 1}),
            "/api/sendList": (
                {"message": {"title": "Menu", "description": "Choose", "footer": "Thanks", "button": "Open", "sections": [{"title": "Drinks", "rows": rows}]}},
                {"listMessage": {
                    "title": "Menu", "description": "Choose", "footerText": "Thanks", "buttonText": "Open",
                    "sections": [{"title": "Drinks", "rows": [{"title": "Tea", "rowId": "tea", "description": "hot"}, {"title": "Juice", "rowId": "juice"}]}]}}),
            "/api/send/buttons/reply": (
                {"selectedDisplayText": "Yes", "selectedButtonID": "yes"},
                {"buttonsResponseMessage": {"selectedDisplayText": "Yes", "selectedButtonId": "yes"}}),
            "/api/send/link-custom-preview": (
                {"text": "see https://example.org/", "linkPreviewHighQuality": False, "preview": {
                    "url": "https://example.org/", "title": "Example", "description": "A page", "image": {"data": PIXEL, "mimetype": "image/jpeg"}}},
                {"extendedTextMessage": {"text": "see https://example.org/", "matchedText": "https://example.org/", "title": "Example", "description": "A page"}}),
            "/api/sendButtons": (
                {"header": "How?", "body": "Tell us", "footer": "Thanks", "buttons": [
                    {"type": "reply", "text": "Good", "id": "good"}, {"type": "url", "text": "Open", "url": "https://example.org/"},
                    {"type": "call", "text": "Call", "phoneNumber": "+15550001111"}, {"type": "copy", "text": "Copy", "copyCode": "4321"}]},
                {"nativeFlowMessage": {"messageVersion": 1, "buttons": [
                    {"name": "quick_reply", "buttonParamsJson": '{"display_text":"Good","id":"good"}'},
                    {"name": "cta_url", "buttonParamsJson":
                        '{"display_text":"Open","url":"https://example.org/","merchant_url":"https://example.org/"}'},
                    {"name": "cta_call", "buttonParamsJson": '{"display_text":"Call","phone_number":"+15550001111"}'},
                    {"name": "cta_copy", "buttonParamsJson": '{"display_text":"Copy","copy_code":"4321"}'}]}}),
            "/api/alice/events": (
                {"event": event},
                {"eventMessage": {"name": "Picnic", "description": "Bring a blanket", "startTime": "1900000000", "location": {"name": "Park"}}}),
        }
        for path, (body, wanted) in cases.items():
            with self.subTest(path):
                seen = self.arrived(self.post(path, body))
                name, = wanted if len(wanted) == 1 else ("pollCreationMessageV3",)
                self.assertEqual(differences(wanted.get(name, wanted), find(seen, name)), [], seen)

    def test_a_picture_stands_above_buttons(self):
        seen = self.arrived(self.post("/api/sendButtons", {
            "header": "How?", "headerImage": {"data": PIXEL, "mimetype": "image/jpeg"}, "body": "Tell us", "footer": "Thanks",
            "buttons": [{"type": "reply", "text": "Good", "id": "good"}]}))
        wanted = {"title": "How?", "hasMediaAttachment": True, "imageMessage": {"mimetype": "image/jpeg", "width": 8, "height": 8}}
        self.assertEqual(differences(wanted, find(seen, "header")), [], seen)

    def test_mentions_name_people(self):
        seen = self.arrived(self.session.send(self.account.chat_id, f"hi @{self.account.phone}", mentions=[self.account.chat_id]))
        mentioned, = find(seen, "mentionedJid")
        self.assertTrue(self.account.is_me(mentioned), seen)

    def test_a_reaction_reaches_the_client_and_can_be_taken_back(self):
        for from_me in (True, False):
            target = self.both_know(f"to be reacted to, {from_me}", by_client=not from_me)
            for text in ("\U0001f389", ""):
                with self.subTest(from_me=from_me, text=text):
                    since = self.client.mark()
                    self.session.api.put("/api/reaction", {"session": "alice", "messageId": self.full_id(target, from_me), "reaction": text})
                    self.client.wait_target("reaction", target, lambda entry: entry["text"] == text, since=since)

    def test_an_edit_reaches_the_client(self):
        target = self.both_know("version one", by_client=False)
        self.session.api.put(f"/api/alice/chats/{self.account.chat_id}/messages/{self.full_id(target, True)}", {"text": "version two"})
        seen = self.client.wait_target("edit", target)
        self.assertEqual(find(seen["content"], "text") or find(seen["content"], "conversation"), "version two", seen)

    def test_a_revocation_reaches_the_client(self):
        target = self.both_know("a mistake", by_client=False)
        self.session.api.delete(f"/api/alice/chats/{self.account.chat_id}/messages/{self.full_id(target, True)}")
        self.client.wait_target("revoke", target)

    def test_a_pin_reaches_the_client(self):
        target = self.both_know("remember this", by_client=False)
        path = f"/api/alice/chats/{self.account.chat_id}/messages/{self.full_id(target, True)}"
        for action, body, kind in (("pin", {"duration": DAY}, "PIN_FOR_ALL"), ("unpin", {}, "UNPIN_FOR_ALL")):
            since = self.client.mark()
            self.session.api.post(f"{path}/{action}", body, expect=201)
            seen = self.client.wait("message", lambda entry: find(entry.get("content"), "pinInChatMessage") is not None, since=since)
            pin = find(seen["content"], "pinInChatMessage")
            self.assertEqual((pin["key"].get("id") or pin["key"].get("ID"), pin["type"]), (target, kind), seen)

    def test_a_forwarded_message_keeps_its_content(self):
        some = contents(self.alice.lid_jid)
        for kind in ("short text", "link preview", "location", "contact", "contacts"):
            with self.subTest(kind):
                known = self.from_client(some[kind])
                seen = self.arrived(self.post("/api/forwardMessage", {"messageId": known["id"]}))
                wanted = {"text": some[kind]["conversation"]} if kind == "short text" else next(iter(some[kind].values()))
                name = "extendedTextMessage" if kind == "short text" else next(iter(some[kind]))
                self.assertEqual(differences(wanted, find(seen, name)), [], seen)
                self.assertTrue(find(seen, "isForwarded"), seen)

    # ------------------------------------------------------------------ polls and events

    def test_the_client_opens_a_vote_of_the_gateway(self):
        poll = self.from_client(contents(self.alice.lid_jid)["poll"])
        self.post("/api/sendPollVote", {"pollMessageId": poll["id"], "votes": ["Sea"]})
        self.assertEqual(self.client.wait_target("vote", bare_id(poll["id"]))["options"], ["Sea"])


class VotingClient:
    """For clients that can vote and answer."""

    def test_the_gateway_opens_a_vote_of_the_client(self):
        poll = self.post("/api/sendPoll", {"poll": {"name": "Which?", "options": ["One", "Two", "Three"], "multipleAnswers": True}})
        self.arrived(poll)
        for chosen in (["One", "Three"], []):
            since = self.hooks.mark()
            self.client.send_content(self.alice.digits, self.client.call("BuildPollVote", {"$message": poll}, chosen))
            seen = self.hooks.wait("poll.vote", session="alice", since=since).payload
            self.assertEqual(seen["vote"]["selectedOptions"], chosen)
            self.assertEqual(bare_id(seen["poll"]["id"]), poll)

    def test_the_gateway_opens_an_answer_of_the_client(self):
        event = bare_id(self.session.api.post("/api/alice/events", {
            "chatId": self.account.chat_id, "event": {"name": "Concert", "startTime": 1900000000}}, expect=201)["id"])
        self.arrived(event)
        self.client.request("answerEvent", message=event, answer="MAYBE")
        seen = self.hooks.wait("event.response", session="alice", since=self.since).payload
        self.assertEqual(seen["eventResponse"]["response"], "MAYBE")
        self.assertEqual(bare_id(seen["eventCreationKey"]["id"]), event)
