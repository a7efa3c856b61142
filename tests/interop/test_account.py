"""Typing, presence, what people say about themselves, links, bots and push, between a session of the gateway and the foreign clients."""

import base64

from conversation import RealSignatures, WithGateway
from harness import WhatsmeowPeer, main
from harness.peers import PeerFailed


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

    def own(self, method: str, path: str, *body, **more):
        """Of the gateway's own API, for its session."""
        return getattr(self.session.api, method)(f"/api/v1/alice/{path}", *body, **more)

    def links_of(self, account) -> dict:
        return self.sandbox.api.get(f"/control/accounts/{account.phone}/links")

    def test_both_know_the_same_bots(self):
        here = [(bot["id"].replace("@c.us", "@s.whatsapp.net"), bot["personaId"]) for bot in self.own("get", "bots")["bots"]]
        self.assertGreater(len(here), 1)
        self.assertEqual(self.bots(), here)


class BaileysAccountTest(RealSignatures, AccountBehaviours, WithGateway):
    presences = {"composing": "composing", "paused": "available"}  # what Baileys makes of it

    def type(self, state: str):
        self.client.call("sendPresenceUpdate", state, self.alice.pn_jid)

    def wait_typing(self, state: str, since: int):
        self.client.wait_raw("presence.update", lambda data: any(
            entry["lastKnownPresence"] == self.presences[state] for entry in data["presences"].values()), since=since)

    def say_about(self, text: str):
        self.client.call("updateProfileStatus", text)

    def bots(self) -> list[tuple[str, str]]:
        return [(bot["jid"], bot["personaId"]) for bot in self.client.call("getBotListV2")]

    def test_both_make_links_into_calls(self):
        before = len(self.links_of(self.account)["calls"])
        made = [self.client.call("createCallLink", "audio"), self.client.call("createCallLink", "video", {"startTime": 1790000000})]
        self.assertEqual(self.links_of(self.account)["calls"][before:], [{"token": made[0], "media": "audio", "startTime": 0},
                                                                         {"token": made[1], "media": "video", "startTime": 1790000000}])
        link = self.own("post", "call-links", {"media": "audio"}, expect=201)
        self.assertEqual(self.links_of(self.alice)["calls"][-1]["token"], link["token"])


class WhatsmeowAccountTest(AccountBehaviours, WithGateway):
    peer_type = WhatsmeowPeer

    def type(self, state: str):
        recording = state == "recording"
        self.client.call("SendChatPresence", self.alice.lid_jid, "composing" if recording else state, "audio" if recording else "")

    def wait_typing(self, state: str, since: int):
        self.client.wait_raw("ChatPresence", lambda data: data["State"] == state, since=since)

    def say_about(self, text: str):
        self.client.call("SetStatusMessage", text)

    def bots(self) -> list[tuple[str, str]]:
        return [(bot["BotJID"], bot["PersonaID"]) for bot in self.client.call("GetBotListV2")]

    def test_links_to_accounts_lead_both_ways_until_they_are_made_anew(self):
        mine = self.own("get", "contact-link")["link"]
        found = self.client.call("ResolveContactQRLink", mine)
        self.assertTrue(self.alice.is_me(found["JID"]), found)
        self.assertEqual(found["Type"], "contact")
        self.own("post", "contact-link", expect=200)
        with self.assertRaisesRegex(PeerFailed, "does not exist or has been revoked"):
            self.client.call("ResolveContactQRLink", mine)
        theirs = self.client.call("GetContactQRLink", False)
        self.assertEqual(self.own("get", f"contact-links/{theirs}")["id"], self.account.chat_id)
        self.assertNotEqual(self.client.call("GetContactQRLink", True), theirs)
        self.own("get", f"contact-links/{theirs}", expect=404)

    def test_a_link_of_a_business_says_the_same_to_both(self):
        shop = self.sandbox.account(pushName="Shop", businessName="Bakery")
        code = shop.message_link("I would like to order bread")
        there = self.client.call("ResolveBusinessMessageLink", f"https://wa.me/message/{code}")
        here = self.own("get", f"message-links/{code}")
        self.assertTrue(shop.is_me(there["JID"]) and shop.is_me(here["id"]), (there, here))
        self.assertEqual([there[name] for name in ("PushName", "Message", "VerifiedName", "VerifiedLevel", "IsSigned")],
                         [here[name] for name in ("pushName", "message", "verifiedName", "verifiedLevel", "isSigned")])
        self.assertEqual((here["message"], here["isSigned"]), ("I would like to order bread", True))

    def test_bots_say_the_same_to_both(self):
        # Those with a phone number: whatsmeow asks for no others.
        listed = [bot for bot in self.client.call("GetBotListV2") if bot["BotJID"].endswith("@s.whatsapp.net")]
        there = self.client.call("GetBotProfiles", listed)
        ids = ",".join(bot["BotJID"] for bot in listed)
        here = self.own("get", f"bots/profiles?ids={ids}")["profiles"]
        self.assertEqual(len(there), len(listed))
        names = {"PersonaID": "personaId", "Name": "name", "Attributes": "attributes", "Description": "description", "Category": "category",
                 "IsDefault": "isDefault", "CommandsDescription": "commandsDescription"}
        for theirs, ours in zip(there, here, strict=True):
            self.assertEqual({name: theirs[name] for name in names}, {name: ours[as_here] for name, as_here in names.items()})
            self.assertEqual(theirs["Prompts"], [f"{prompt['emoji']} {prompt['text']}" for prompt in ours["prompts"]])
            self.assertEqual([(one["Name"], one["Description"]) for one in theirs["Commands"]],
                             [(one["name"], one["description"]) for one in ours["commands"]])

    def test_both_register_for_push_alike(self):
        settings = self.client.call("GetServerPushNotificationConfig")["Content"][0]
        self.assertEqual(self.own("get", "push")["webServerKey"], settings["Attrs"]["webserverkey"])
        point, key = base64.b64encode(bytes([4] + 64 * [7])).decode(), base64.b64encode(bytes(range(32))).decode()
        secret = base64.b64encode(bytes(range(16))).decode()
        for platform, theirs, ours in (
                ("web", {"auth": secret, "p256dh": point, "endpoint": "https://push.example.com/1"}, {}),
                ("fcm", {"token": "a-token"}, {}),
                ("apns", {"token": "a-token", "voip_token": "for-calls", "msg_id_enc_key": key},
                 {"token": "a-token", "voipToken": "for-calls", "messageIdKey": key})):
            with self.subTest(platform):
                self.client.call("RegisterForPushNotifications", {"platform": platform, **theirs})
                self.own("put", "push", {"platform": platform, **(ours or theirs)})
                seen = [account.devices()[0]["push"] for account in (self.account, self.alice)]
                self.assertIsNotNone(seen[0])
                self.assertEqual(*seen)


if __name__ == "__main__":
    main()
