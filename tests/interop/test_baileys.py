"""Baileys, the JavaScript client, against the sandbox and the gateway."""

from conversation import GatewayBehaviours, RealSignatures, SandboxBehaviours, WithGateway, WithPeer
from harness import main


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
