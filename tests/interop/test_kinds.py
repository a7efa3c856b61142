"""Every kind of message between a session of the gateway and the foreign clients."""

from conversation import RealSignatures, WithGateway
from harness import WhatsmeowPeer, main
from message_kinds import KindBehaviours, VotingClient


class BaileysKindsTest(RealSignatures, KindBehaviours, WithGateway):
    pass


class WhatsmeowKindsTest(VotingClient, KindBehaviours, WithGateway):
    peer_type = WhatsmeowPeer


if __name__ == "__main__":
    main()
