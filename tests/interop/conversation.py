"""What every foreign client must be able to do with us. Mixins: the suites add the client."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness import BaileysPeer, Gateway, HarnessCase, Sandbox, Session, WebhookReceiver  # noqa: E402
from harness.gateway import bare_id  # noqa: E402
from kinds import contents, differences  # noqa: E402


class WithPeer(HarnessCase):
    """A sandbox and one process of the foreign client."""

    peer_type = None
    sandbox: Sandbox

    @classmethod
    def setUpClass(cls):
        cls.peer = cls.peer_type()
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()
        cls.addClassCleanup(cls.peer.quit)
        cls.peer.start()

    def tearDown(self):
        self.check_signatures()

    def check_signatures(self):
        """Overridden for a client that does not check by itself."""

    def assert_carries(self, sent: dict, seen: dict):
        """That a message event carries all of the content."""
        self.assertEqual(differences(sent, seen.get("content")), [], seen)

    @classmethod
    def fill_settings(cls, account):
        """Clients tell changes of settings, but not what they find at their first look into a collection: so that none of these is
        empty when a client comes."""
        stranger = cls.sandbox.account()
        for action, more in (("pin", {"chat": stranger.phone}), ("mute", {"chat": stranger.phone}),
                             ("contact", {"jid": stranger.phone, "fullName": "A Stranger"}), ("label", {"id": "1", "name": "First", "color": 1})):
            cls.sandbox.api.post(f"/control/accounts/{account.phone}/app-state", {"action": action, **more}, expect=(200, 201))

    @staticmethod
    def wait_settings(client):
        """Until a new client has had that first look, where its library tells."""
        if client.peer.name == "whatsmeow":
            for name in ("regular_low", "regular_high", "regular", "critical_unblock_low"):
                client.wait_raw("AppStateSyncComplete", lambda data, name=name: data["Name"] == name)

    def new_client(self, account=None, label: str = "", **options):
        """A client paired with a new account, or with `account` as one more companion of it."""
        account = account or self.sandbox.account()
        client = self.peer.client(f"{self._testMethodName}{label}").pair(self.sandbox, account, **options)
        return client, account


class RealSignatures:
    """For Baileys: stock Baileys takes any signature. Ours counts checks; a test in which none was made proves nothing."""

    peer_type = BaileysPeer

    def check_signatures(self):
        counted = self.peer.signatures()
        self.assertGreater(counted["ok"], 0, "Baileys checked no signature: is strict.mjs still in effect?")
        self.assertEqual(counted["bad"], 0, "Baileys met a wrong signature")


class SandboxBehaviours:
    """The client and the sandbox alone: two clients, and a client with a virtual phone."""

    def test_a_scanned_qr_links_the_client_to_the_account(self):
        client, account = self.new_client()
        self.assertTrue(account.is_me(client.jid), client.jid)
        self.assertTrue(account.is_me(client.lid), client.lid)
        device, = account.wait_connected(1) and account.devices()
        self.assertTrue(device["connected"])

    def test_an_entered_code_links_the_client_to_the_account(self):
        account = self.sandbox.account()
        client = self.peer.client(self._testMethodName)
        since = client.mark()
        client.connect(self.sandbox)
        client.wait("qr", since=since)
        account.enter_code(client.request("requestCode", phone=account.phone)["code"])
        opened = client.wait("open", since=since)
        self.assertTrue(account.is_me(opened["jid"]), opened)

    def test_a_forged_link_is_refused(self):
        # In a process of its own: the signature counts of the other tests must stay clean.
        peer = self.peer_type()
        self.addCleanup(peer.quit)
        peer.start()
        for forged in ("hmac", "signature"):
            with self.subTest(forged):
                account = self.sandbox.account()
                client = peer.client(forged)
                since = client.mark()
                client.connect(self.sandbox)
                code = client.wait("qr", since=since)["qr"]
                answer = self.sandbox.api.request("POST", f"/control/accounts/{account.phone}/scan", {"qr": code, "tamper": forged})
                self.assertGreaterEqual(answer.status, 400, answer)
                self.assertEqual(client.events("open", since), [])
                self.assertEqual(account.devices(), [])

    def test_two_clients_talk_to_each_other(self):
        anna, annas = self.new_client(label="-anna")
        ben, bens = self.new_client(label="-ben")
        first = anna.send(bens.digits, "hello ben")
        seen = ben.wait_message("hello ben")
        self.assertEqual(seen["encryption"], ["pkmsg"])
        self.assertTrue(annas.is_me(seen["from"]), seen)
        anna.wait_receipt(first, "delivered")
        ben.send(annas.digits, "hello anna")
        self.assertEqual(anna.wait_message("hello anna")["encryption"], ["msg"])
        ben.read(first)
        anna.wait_receipt(first, "read")

    def test_every_kind_of_content_passes_unchanged(self):
        anna, _ = self.new_client(label="-anna")
        ben, bens = self.new_client(label="-ben")
        for kind, content in contents(bens.lid_jid).items():
            with self.subTest(kind):
                self.assert_carries(content, ben.wait_id(anna.send_content(bens.digits, content)))

    def test_what_is_done_to_a_message_reaches_the_other_client(self):
        anna, _ = self.new_client(label="-anna")
        ben, bens = self.new_client(label="-ben")
        first = anna.send(bens.digits, "a first version")
        ben.wait_message("a first version")
        key = {"remoteJid": bens.lid_jid, "fromMe": True, "id": first}
        anna.send_content(bens.digits, {"reactionMessage": {"key": key, "text": "\U0001f44d", "senderTimestampMs": "1700000000000"}})
        self.assertEqual(ben.wait_target("reaction", first)["text"], "\U0001f44d")
        anna.send_content(bens.digits, {"protocolMessage": {
            "key": key, "type": "MESSAGE_EDIT", "editedMessage": {"conversation": "a second version"}, "timestampMs": "1700000000000"}})
        edited = ben.wait_target("edit", first)
        self.assert_carries({"conversation": "a second version"}, edited)
        anna.send_content(bens.digits, {"protocolMessage": {"key": key, "type": "REVOKE"}})
        ben.wait_target("revoke", first)

    def test_a_phone_and_a_client_talk(self):
        client, account = self.new_client()
        other = self.sandbox.account()
        sent = client.send(other.digits, "to the phone")
        received = other.received("to the phone")
        self.assertTrue(account.is_me(received["from"]), received)
        self.assertEqual(received["encType"], "pkmsg")
        client.wait_receipt(sent, "delivered")
        other.read(sent)
        client.wait_receipt(sent, "read")
        answer = other.send(account.digits, "from the phone", replyTo=sent)
        seen = client.wait_message("from the phone")
        self.assertEqual(seen["id"], answer)
        self.assertEqual(seen["quotedId"], sent)
        other.ack_of(answer, 2)

    def test_both_companions_of_an_account_get_the_message(self):
        sender, senders = self.new_client(label="-sender")
        first, account = self.new_client(label="-first")
        second, _ = self.new_client(account, label="-second")
        account.patch(online=False)
        sent = sender.send(account.lid_jid, "to all of you")
        first.wait_message("to all of you")
        second.wait_message("to all of you")
        sender.wait_arrival(sent)
        answer = first.send(senders.pn_jid, "from one of us")
        mirrored = second.wait_message("from one of us")
        self.assertEqual((mirrored["id"], mirrored["fromMe"]), (answer, True))
        self.assertEqual(sender.wait_message("from one of us")["id"], answer)

    def test_the_own_phone_sees_what_its_companion_sends(self):
        client, account = self.new_client()
        other = self.sandbox.account()
        sent = client.send(other.digits, "from the companion")
        mirrored = account.message(lambda entry: entry["id"] == sent, what="the companion's message at the own phone")
        self.assertTrue(mirrored["fromMe"])
        self.assertTrue(other.is_me(mirrored["chat"]), mirrored)
        account.send(other.digits, "from the phone itself")
        seen = client.wait_message("from the phone itself")
        self.assertTrue(seen["fromMe"])
        self.assertTrue(other.is_me(seen["chat"]) or other.is_me(seen.get("chatAlt")), seen)

    def test_a_message_waits_for_a_client_that_is_away(self):
        client, account = self.new_client()
        other = self.sandbox.account()
        client.close()
        account.wait_connected(0)
        waiting = other.send(account.digits, "while away")
        since = client.mark()
        client.reopen()
        self.assertEqual(client.wait_message("while away", since=since)["id"], waiting)

    def test_a_client_that_lost_its_sessions_recovers_the_message(self):
        client, account = self.new_client()
        other = self.sandbox.account()
        client.send(other.digits, "first")
        other.received("first")
        other.send(account.digits, "second")
        client.wait_message("second")
        client.request("loseSessions", **{"with": [other.phone, other.lid_jid.split("@")[0]]})
        repeated = other.send(account.digits, "third")
        seen = client.wait_message("third")
        self.assertEqual((seen["id"], seen["encryption"]), (repeated, ["pkmsg"]))

    def test_an_unlinked_client_is_logged_out(self):
        client, account = self.new_client()
        since = client.mark()
        account.unlink(account.devices()[0]["id"])
        closed = client.wait("close", lambda entry: not entry["reconnecting"], since=since)
        self.assertEqual(closed["code"], 401)
        self.assertEqual(account.devices(), [])


class WithGateway(WithPeer):
    """Adds a gateway with one session, `alice`, whose own phone may be switched off by a test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hooks = WebhookReceiver()
        cls.addClassCleanup(cls.hooks.close)
        cls.gateway = Gateway(cls.sandbox)
        cls.addClassCleanup(cls.gateway.clean)
        cls.gateway.start()
        cls.alice = cls.sandbox.account(pushName="Alice")
        cls.session = Session(cls.gateway, cls.hooks, "alice")
        cls.session.create()
        cls.session.pair(cls.alice, since=0)

    def setUp(self):
        self.since = self.hooks.mark()
        self.alice.patch(online=True)


class GatewayBehaviours:
    """The client on one end, a session of the gateway on the other."""

    def test_the_client_writes_first(self):
        client, account = self.new_client()
        client.send(self.alice.digits, "hello from the client")
        received = self.session.wait_message("hello from the client", since=self.since)
        self.assertTrue(account.is_me(received.payload["from"]), received.payload)
        self.assertFalse(received.payload["fromMe"])
        for number in range(3):
            self.session.send(account.chat_id, f"answer {number}")
            self.assertEqual(client.wait_message(f"answer {number}")["encryption"], ["msg"])
            client.send(self.alice.digits, f"and {number}")
            self.session.wait_message(f"and {number}", since=self.since)

    def test_the_gateway_writes_first(self):
        client, account = self.new_client()
        self.session.send(account.chat_id, "hello from the gateway")
        self.assertEqual(client.wait_message("hello from the gateway")["encryption"], ["pkmsg"])
        client.send(self.alice.digits, "answer to the gateway")
        self.session.wait_message("answer to the gateway", since=self.since)
        self.session.send(account.chat_id, "established")
        self.assertEqual(client.wait_message("established")["encryption"], ["msg"])

    def test_a_reply_quotes_its_message_both_ways(self):
        client, account = self.new_client()
        question = client.send(self.alice.digits, "a question?")
        received = self.session.wait_message("a question?", since=self.since)
        answer = self.session.send(account.chat_id, "an answer", reply_to=received.payload["id"])
        seen = client.wait_message("an answer")
        self.assertEqual(seen["quotedId"], question)
        self.assertTrue(account.is_me(seen["quotedParticipant"]), seen)
        client.send(self.alice.digits, "thanks", quoted=seen["id"])
        thanks = self.session.wait_message("thanks", since=self.since)
        self.assertEqual(bare_id(thanks.payload["replyTo"]["id"]), bare_id(answer))
        self.assertEqual(thanks.payload["replyTo"]["body"], "an answer")

    def test_receipts_of_the_client_become_acknowledgements(self):
        for available in (False, True):
            with self.subTest(available=available):
                client, account = self.new_client(label=f"-{available}", markOnline=available)
                account.patch(online=False)  # only the companion is left to answer
                sent = self.session.send(account.chat_id, "please confirm")
                seen = client.wait_message("please confirm")
                self.session.wait_ack(sent, 2, since=self.since)
                client.read(seen["id"])
                self.session.wait_ack(sent, 3, since=self.since)

    def test_the_client_learns_that_the_gateway_received(self):
        client, _ = self.new_client()
        self.alice.patch(online=False)
        sent = client.send(self.alice.digits, "did you get this?")
        self.session.wait_message("did you get this?", since=self.since)
        client.wait_arrival(sent)

    def test_both_companions_of_an_account_get_the_message(self):
        first, account = self.new_client(label="-first")
        second, _ = self.new_client(account, label="-second")
        self.session.send(account.chat_id, "to all of you")
        first.wait_message("to all of you")
        second.wait_message("to all of you")
        mark = second.mark()
        sent = first.send(self.alice.digits, "from one of us")
        self.session.wait_message("from one of us", since=self.since)
        mirrored = second.wait_message("from one of us", since=mark)
        self.assertEqual((mirrored["id"], mirrored["fromMe"]), (sent, True))
        self.session.send(account.chat_id, "barrier")
        first.wait_message("barrier")
        copies = [entry for entry in self.hooks.deliveries("message", "alice", self.since) if entry.payload["body"] == "from one of us"]
        self.assertEqual(len(copies), 1)

    def test_a_client_linked_later_gets_the_next_message(self):
        first, account = self.new_client(label="-first")
        self.session.send(account.chat_id, "one device")
        first.wait_message("one device")
        second, _ = self.new_client(account, label="-second")
        self.session.send(account.chat_id, "two devices")
        first.wait_message("two devices")
        second.wait_message("two devices")

    def test_phone_numbers_and_lids_address_the_same_person(self):
        client, account = self.new_client()
        for chat in (account.chat_id, account.lid_jid, account.pn_jid, account.digits):
            self.session.send(chat, f"to {chat}")
            seen = client.wait_message(f"to {chat}")
            self.assertTrue(self.alice.is_me(seen["from"]), seen)
        for chat in (self.alice.pn_jid, self.alice.lid_jid):
            client.send(chat, f"to alice as {chat}")
            received = self.session.wait_message(f"to alice as {chat}", since=self.since)
            self.assertTrue(account.is_me(received.payload["from"]), received.payload)

    def test_a_message_waits_for_a_client_that_is_away(self):
        client, account = self.new_client()
        client.close()
        account.wait_connected(0)
        sent = self.session.send(account.chat_id, "while you were away")
        since = client.mark()
        client.reopen()
        self.assertEqual(client.wait_message("while you were away", since=since)["id"], bare_id(sent))

    def test_a_message_waits_for_a_stopped_session(self):
        client, account = self.new_client()
        client.send(self.alice.digits, "before")
        self.session.wait_message("before", since=self.since)
        self.session.do("stop")
        self.alice.wait_connected(0)
        client.send(self.alice.digits, "while it was stopped")
        since = self.hooks.mark()
        self.session.do("start")
        self.session.wait_message("while it was stopped", since=since)
        self.session.wait_status("WORKING", since=since)

    def test_a_client_that_lost_its_sessions_asks_the_gateway_again(self):
        client, account = self.new_client()
        client.send(self.alice.digits, "first")
        self.session.wait_message("first", since=self.since)
        self.session.send(account.chat_id, "second")
        client.wait_message("second")
        client.request("loseSessions", **{"with": [self.alice.phone, self.alice.lid_jid.split("@")[0]]})
        sent = self.session.send(account.chat_id, "third")
        seen = client.wait_message("third", seconds=40)
        self.assertEqual((seen["id"], seen["encryption"]), (bare_id(sent), ["pkmsg"]))
        client.send(self.alice.digits, "fourth")
        self.session.wait_message("fourth", since=self.since)
