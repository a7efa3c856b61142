"""Settings of chats between a session of the gateway and a foreign companion of the same account."""

from app_state_changes import AppStateBehaviours, BaileysChanges, WhatsmeowChanges
from conversation import RealSignatures, WithGateway
from harness import WhatsmeowPeer, main


class BaileysAppStateTest(RealSignatures, BaileysChanges, AppStateBehaviours, WithGateway):
    pass


class WhatsmeowAppStateTest(WhatsmeowChanges, AppStateBehaviours, WithGateway):
    peer_type = WhatsmeowPeer


if __name__ == "__main__":
    main()
