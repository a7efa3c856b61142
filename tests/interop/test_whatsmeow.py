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


if __name__ == "__main__":
    main()
