"""whatsmeow, the Go client, against the sandbox and the gateway. It checks every signature by itself."""

from conversation import GatewayBehaviours, SandboxBehaviours, WithGateway, WithPeer
from harness import BaileysPeer, WhatsmeowPeer, main
from kinds import contents


class WhatsmeowWithSandboxTest(SandboxBehaviours, WithPeer):
    peer_type = WhatsmeowPeer


class WhatsmeowWithBaileysTest(WithPeer):
    """Two foreign clients with only the sandbox between them."""

    peer_type = WhatsmeowPeer

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.baileys = BaileysPeer()
        cls.addClassCleanup(cls.baileys.quit)
        cls.baileys.start()

    def test_they_talk_and_confirm(self):
        gopher, gophers = self.new_client()
        accounts = self.sandbox.account()
        other = self.baileys.client("other").pair(self.sandbox, accounts)
        first = gopher.send(accounts.digits, "from Go")
        self.assertEqual(other.wait_message("from Go")["encryption"], ["pkmsg"])
        gopher.wait_receipt(first, "delivered")
        answer = other.send(gophers.digits, "from JavaScript", quoted=first)
        seen = gopher.wait_message("from JavaScript")
        self.assertEqual((seen["encryption"], seen["quotedId"]), (["msg"], first))
        gopher.read(answer)
        other.wait_receipt(answer, "read")
        self._check_baileys_signatures()

    def test_every_kind_of_content_passes_both_ways(self):
        gopher, gophers = self.new_client()
        accounts = self.sandbox.account()
        other = self.baileys.client("kinds").pair(self.sandbox, accounts)
        for sender, receiver, account in ((gopher, other, accounts), (other, gopher, gophers)):
            for kind, content in contents(account.lid_jid).items():
                with self.subTest(f"{kind} to {receiver.name}"):
                    self.assert_carries(content, receiver.wait_id(sender.send_content(account.digits, content)))

    def test_votes_and_answers_open_on_the_other_side(self):
        gopher, gophers = self.new_client()
        accounts = self.sandbox.account()
        other = self.baileys.client("secrets").pair(self.sandbox, accounts)
        some = contents(gophers.lid_jid)
        poll = other.send_content(gophers.digits, some["poll"])
        gopher.wait_id(poll)
        vote = gopher.call("BuildPollVote", {"$message": poll}, ["Mountains"])
        gopher.send_content(accounts.digits, vote)
        self.assertEqual(other.wait_target("vote", poll)["options"], ["Mountains"])
        event = other.send_content(gophers.digits, some["event"])
        gopher.wait_id(event)
        gopher.request("answerEvent", message=event, answer="GOING")
        self.assertEqual(other.wait_target("answer", event)["response"], "GOING")

    def test_settings_of_chats_pass_both_ways(self):
        account, friend = self.sandbox.account(), self.sandbox.account()
        gopher, _ = self.new_client(account)
        other = self.baileys.client("settings").pair(self.sandbox, account)
        friend.send(account.digits, "something to archive")
        first, second = gopher.wait_message("something to archive"), other.wait_message("something to archive")
        gopher.request("change", method="BuildArchive", args=[
            first["chat"], True, 1_700_000_000, {"remoteJid": first["chat"], "fromMe": False, "id": first["id"]}])
        other.wait_raw("chats.update", lambda chats: any(friend.is_me(chat["id"]) and chat.get("archived") for chat in chats))
        other.call("chatModify", {"archive": False, "lastMessages": [{"key": {"$key": second["id"]}, "messageTimestamp": 1_700_000_000}]}, second["chat"])
        gopher.wait_raw("Archive", lambda data: friend.is_me(data["JID"]) and not data["Action"].get("archived"))

    def _check_baileys_signatures(self):
        counted = self.baileys.signatures()
        self.assertGreater(counted["ok"], 0)
        self.assertEqual(counted["bad"], 0)


class WhatsmeowWithGatewayTest(GatewayBehaviours, WithGateway):
    peer_type = WhatsmeowPeer

    def test_a_client_that_knows_phone_numbers_only_is_understood(self):
        # It keeps its session under our phone number and has to ask again for our first message under our LID.
        client, account = self.new_client(unmigrated=True)
        client.send(self.alice.digits, "from a phone number")
        received = self.session.wait_message("from a phone number", since=self.since)
        self.assertTrue(account.is_me(received.payload["from"]), received.payload)
        self.session.send(account.chat_id, "answer to a phone number")
        client.wait_message("answer to a phone number")
        client.send(self.alice.digits, "got it")
        self.session.wait_message("got it", since=self.since)


if __name__ == "__main__":
    main()
