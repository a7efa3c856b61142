"""Typing, presence and what people say about themselves, between a session of the gateway and the foreign clients."""

from conversation import RealSignatures, WithGateway
from harness import WhatsmeowPeer, main


class AccountBehaviours:
    """Of a WithGateway case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.sandbox.account()
        cls.client = cls.peer.client("account").pair(cls.sandbox, cls.account, markOnline=True)
        # They know each other from here on: presence is for those who do.
        since = cls.hooks.mark()
        cls.client.send(cls.alice.digits, "hello")
        cls.session.wait_message("hello", since=since)
        cls.session.send(cls.account.chat_id, "hello to you")
        cls.client.wait_message("hello to you")

    def wait_presence(self, presence: str, since: int):
        return self.hooks.wait("presence.update", lambda delivery: self.account.is_me(delivery.payload["id"]) and any(
            entry["lastKnownPresence"] == presence for entry in delivery.payload["presences"]), session="alice", since=since)

    def test_typing_is_seen_both_ways(self):
        for state, shown in (("composing", "typing"), ("recording", "recording"), ("paused", "paused")):
            with self.subTest(state):
                since = self.hooks.mark()
                self.type(state)
                self.wait_presence(shown, since)
        for path, state in (("startTyping", "composing"), ("stopTyping", "paused")):
            with self.subTest(path):
                since = self.client.mark()
                self.session.api.post(f"/api/{path}", {"session": "alice", "chatId": self.account.chat_id}, expect=(200, 201))
                self.wait_typing(state, since)

    def test_what_the_client_says_about_itself_is_read_at_the_gateway(self):
        self.say_about("busy with foxes")
        answer = self.session.api.get(f"/api/contacts/about?session=alice&contactId={self.account.chat_id}")
        self.assertEqual(answer["about"], "busy with foxes")


class BaileysAccountTest(RealSignatures, AccountBehaviours, WithGateway):
    presences = {"composing": "composing", "paused": "available"}  # what Baileys makes of it

    def type(self, state: str):
        self.client.call("sendPresenceUpdate", state, self.alice.pn_jid)

    def wait_typing(self, state: str, since: int):
        self.client.wait_raw("presence.update", lambda data: any(
            entry["lastKnownPresence"] == self.presences[state] for entry in data["presences"].values()), since=since)

    def say_about(self, text: str):
        self.client.call("updateProfileStatus", text)


class WhatsmeowAccountTest(AccountBehaviours, WithGateway):
    peer_type = WhatsmeowPeer

    def type(self, state: str):
        recording = state == "recording"
        self.client.call("SendChatPresence", self.alice.lid_jid, "composing" if recording else state, "audio" if recording else "")

    def wait_typing(self, state: str, since: int):
        self.client.wait_raw("ChatPresence", lambda data: data["State"] == state, since=since)

    def say_about(self, text: str):
        self.client.call("SetStatusMessage", text)


if __name__ == "__main__":
    main()
