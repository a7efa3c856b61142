"""The sandbox in the eyes of the foreign clients: files, settings, typing and calls of phones. What they cannot read there, the gateway
must not learn to read either."""

import base64

from conversation import RealSignatures, WithPeer
from harness import WhatsmeowPeer, main
from media_exchange import MediaBehaviours


class PhoneBehaviours(MediaBehaviours):
    """Of a WithPeer case: a client, its own phone `account`, and somebody else's phone `friend`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account, cls.friend = cls.sandbox.account(pushName="Own"), cls.sandbox.account(pushName="Friend")
        cls.fill_settings(cls.account)
        cls.client = cls.peer.client("network").pair(cls.sandbox, cls.account, markOnline=True)
        cls.wait_settings(cls.client)
        cls.friend.send(cls.account.digits, "hello")
        cls.last = cls.client.wait_message("hello")

    def setUp(self):
        self.mark = self.client.mark()

    def control(self, account, path: str, body: dict) -> dict:
        return self.sandbox.api.post(f"/control/accounts/{account.phone}/{path}", body, expect=(200, 201))

    def test_settings_that_the_phone_changes_reach_the_client(self):
        for action, more in (
                ("archive", {"chat": self.friend.phone}), ("pin", {"chat": self.friend.phone}), ("mute", {"chat": self.friend.phone}),
                ("contact", {"jid": self.friend.phone, "fullName": "Fiona Friend", "firstName": "Fiona"}),
                ("label", {"id": "7", "name": "Foxes", "color": 3}), ("labelChat", {"label": "7", "chat": self.friend.phone})):
            with self.subTest(action):
                self.control(self.account, "app-state", {"action": action, **more})
                self.wait_setting(action)

    def test_a_change_that_is_refused_is_made_again_on_top_of_the_others(self):
        self.account.faults(appStateConflicts=1)
        self.addCleanup(self.account.faults)
        self.change_pin()
        self.assertEqual(self.sandbox.stats()["counters"].get("phone_bad_patches", 0), 0)

    def test_files_of_phones_and_clients_are_the_same_on_the_other_side(self):
        for kind in ("image", "voice", "document"):
            with self.subTest(kind):
                path, expected = self.make_file(70_000)
                data = base64.b64encode(path.read_bytes()).decode()
                sent = self.control(self.friend, "send", {"to": self.account.digits, "media": {
                    "kind": kind, "data": data, "mimetype": "application/octet-stream", "filename": "thing"}})["id"]
                self.assertEqual(self.fetched_by(self.client, sent), expected)
                answer = self.send_file(self.client, self.friend.digits, kind, path)
                self.friend.message(lambda entry: entry["id"] == answer, what="the client's file")
                seen = self.sandbox.api.request("GET", f"/control/accounts/{self.friend.phone}/messages/{answer}/file")
                self.assertEqual((seen.status, seen.body), (200, path.read_bytes()))

    def test_a_file_that_is_gone_is_uploaded_again_by_the_phone(self):
        path, expected = self.make_file(70_000)
        sent = self.control(self.friend, "send", {"to": self.account.digits, "media": {
            "kind": "document", "data": base64.b64encode(path.read_bytes()).decode(), "mimetype": "application/pdf", "filename": "thing"}})["id"]
        self.client.wait_id(sent)
        self.sandbox.api.post("/control/media/expire", {}, expect=(200, 204))
        self.assertEqual(self.fetch_again(sent), expected)

    def test_typing_of_the_phone_is_seen(self):
        for state, seen in (("typing", "composing"), ("paused", "paused")):
            self.control(self.friend, "typing", {"to": self.account.digits, "state": state})
            self.wait_typing(seen)

    def test_a_call_of_a_phone_rings(self):
        call = self.control(self.friend, "call", {"to": self.account.digits})["id"]
        self.wait_call(call)


class BaileysNetworkTest(RealSignatures, PhoneBehaviours, WithPeer):
    presences = {"composing": "composing", "paused": "available"}  # what Baileys makes of it

    def wait_setting(self, action: str):
        chat = {"archive": "archived", "pin": "pinned", "mute": "muteEndTime"}
        if action in chat:
            self.client.wait_raw("chats.update", lambda data: any(
                self.friend.is_me(entry["id"]) and entry.get(chat[action]) for entry in data), since=self.mark)
        elif action == "contact":
            self.client.wait_raw("contacts.upsert", lambda data: any(entry.get("name") == "Fiona Friend" for entry in data), since=self.mark)
        elif action == "label":
            self.client.wait_raw("labels.edit", lambda data: (data["id"], data["name"]) == ("7", "Foxes"), since=self.mark)
        else:
            self.client.wait_raw("labels.association", lambda data: data["association"]["labelId"] == "7"
                                 and self.friend.is_me(data["association"]["chatId"]), since=self.mark)

    def change_pin(self):
        self.client.call("chatModify", {"pin": True}, self.last["chat"])

    def fetch_again(self, message_id: str) -> dict:
        return self.client.download(message_id, self.folder / f"again-{message_id}")

    def wait_typing(self, state: str):
        self.client.wait_raw("presence.update", lambda data: any(
            entry["lastKnownPresence"] == self.presences[state] for entry in data["presences"].values()), since=self.mark)

    def wait_call(self, call: str):
        self.client.wait_raw("call", lambda data: data[0]["id"] == call and data[0]["status"] == "offer" and self.friend.is_me(data[0]["from"]), since=self.mark)


class WhatsmeowNetworkTest(PhoneBehaviours, WithPeer):
    peer_type = WhatsmeowPeer

    def wait_setting(self, action: str):
        kind = {"archive": "Archive", "pin": "Pin", "mute": "Mute", "contact": "Contact", "label": "LabelEdit", "labelChat": "LabelAssociationChat"}
        value = {"archive": "archived", "pin": "pinned", "mute": "muted", "contact": "fullName", "label": "name", "labelChat": "labeled"}
        self.client.wait_raw(kind[action], lambda data: data["Action"].get(value[action]) and (
            action == "label" or self.friend.is_me(data["JID"])), since=self.mark)

    def change_pin(self):
        self.client.request("change", method="BuildPin", args=[self.last["chat"], True])

    def fetch_again(self, message_id: str) -> dict:
        # Asking the phone is the application's matter: whatsmeow sends the request and tells the answer.
        self.client.request("retryMedia", message=message_id)
        self.client.wait("media", lambda entry: entry["id"] == message_id, since=self.mark)
        return self.client.download(message_id, self.folder / f"again-{message_id}")

    def wait_typing(self, state: str):
        self.client.wait_raw("ChatPresence", lambda data: data["State"] == state, since=self.mark)

    def wait_call(self, call: str):
        self.client.wait_raw("CallOffer", lambda data: data["CallID"] == call, since=self.mark)


if __name__ == "__main__":
    main()
