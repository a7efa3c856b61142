"""whatsmeow, the Go client, against the sandbox and the gateway. It checks every signature by itself."""

from conversation import GatewayBehaviours, SandboxBehaviours, WithGateway, WithPeer
from harness import BaileysPeer, WhatsmeowPeer, main


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
