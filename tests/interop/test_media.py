"""Files between a session of the gateway and the foreign clients."""

from conversation import RealSignatures, WithGateway, WithPeer
from harness import WhatsmeowPeer, main
from media_exchange import GatewayMediaBehaviours, SandboxMediaBehaviours


class BaileysMediaWithSandboxTest(RealSignatures, SandboxMediaBehaviours, WithPeer):
    pass


class BaileysMediaTest(RealSignatures, GatewayMediaBehaviours, WithGateway):
    pass


class WhatsmeowMediaWithSandboxTest(SandboxMediaBehaviours, WithPeer):
    peer_type = WhatsmeowPeer


class WhatsmeowMediaTest(GatewayMediaBehaviours, WithGateway):
    peer_type = WhatsmeowPeer


if __name__ == "__main__":
    main()
