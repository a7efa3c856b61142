"""Baileys, the JavaScript client, against the sandbox and the gateway."""

from conversation import GatewayBehaviours, SandboxBehaviours, WithGateway, WithPeer
from harness import BaileysPeer, main


class RealSignatures:
    """Stock Baileys takes any signature. Ours counts checks; a test in which none was made proves nothing."""

    peer_type = BaileysPeer

    def check_signatures(self):
        counted = self.peer.signatures()
        self.assertGreater(counted["ok"], 0, "Baileys checked no signature: is strict.mjs still in effect?")
        self.assertEqual(counted["bad"], 0, "Baileys met a wrong signature")


class BaileysWithSandboxTest(RealSignatures, SandboxBehaviours, WithPeer):
    def test_an_exported_login_works_in_a_new_client(self):
        client, account = self.new_client()
        saved = client.request("export")["auth"]
        client.close()
        account.wait_connected(0)
        heir = self.peer.client(f"{self._testMethodName}-heir")
        since = heir.mark()
        heir.connect(self.sandbox, auth=saved)
        self.assertEqual(heir.wait("open", since=since)["jid"], client.jid)


class BaileysWithGatewayTest(RealSignatures, GatewayBehaviours, WithGateway):
    pass


if __name__ == "__main__":
    main()
