"""The phone's history: a gateway and a foreign companion of the same account get the same chats and messages, also of what they ask for."""

from conversation import RealSignatures, WithPeer
from harness import Gateway, Session, WebhookReceiver, WhatsmeowPeer, main
from harness.gateway import bare_id
from harness.waiting import wait_until

CHATS = 20
MESSAGES = 100
OLDER = 30
PLAN = {"chats": CHATS, "messages": MESSAGES, "older": OLDER, "chatsPerChunk": 8, "at": "pairing"}


class HistoryBehaviours:
    """Of a WithPeer case with a gateway: each test has an account of its own, whose phone has a past."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hooks = WebhookReceiver()
        cls.addClassCleanup(cls.hooks.close)
        cls.gateway = Gateway(cls.sandbox)
        cls.addClassCleanup(cls.gateway.clean)
        cls.gateway.start()

    def account_with_past(self, **plan):
        account = self.sandbox.account()
        self.sandbox.api.post(f"/control/accounts/{account.phone}/history", PLAN | plan)
        return account

    def at_gateway(self, account, messages: int = MESSAGES) -> tuple[Session, set, set]:
        """A session of the gateway, its chats and the ids of its messages."""
        session = Session(self.gateway, self.hooks, self._testMethodName)
        session.create()
        session.pair(account, since=0)
        return session, *self.seen_by(session, messages)

    def seen_by(self, session, messages: int) -> tuple[set, set]:
        def stored():
            found = session.messages("all", limit=1000, downloadMedia="false")
            return found if len(found) >= messages else None
        found = wait_until(stored, 30, f"{messages} messages", lambda: len(session.messages("all", limit=1000)))
        chats = session.api.get(f"/api/{session.name}/chats?limit=1000")
        return {chat["id"].replace("@c.us", "@s.whatsapp.net") for chat in chats}, {bare_id(message["id"]) for message in found}

    def check_same(self, **plan):
        account = self.account_with_past(**plan)
        session, chats, ids = self.at_gateway(account)
        self.assertEqual((len(chats), len(ids)), (CHATS, MESSAGES))
        client = self.peer.client(self._testMethodName).pair(self.sandbox, account, history=True)
        self.assertEqual(self.wait_history(client, MESSAGES), (chats, ids))
        return account, session, client

    def test_history_in_files_is_the_same_for_both(self):
        before = self.sandbox.stats()["counters"].get("history_files", 0)
        self.check_same(files="always")
        self.assertGreaterEqual(self.sandbox.stats()["counters"]["history_files"] - before, 6)

    def test_history_as_phones_send_it_is_the_same_for_both(self):
        self.check_same()

    def test_history_inside_of_messages_is_the_same_for_both(self):
        self.check_same(files="never")

    def test_older_messages_that_are_asked_for_are_the_same_for_both(self):
        account, session, client = self.check_same()
        chat = "70000000001@s.whatsapp.net"
        oldest = session.messages("70000000001@c.us", sortOrder="asc", limit=1)[0]
        mark = client.mark()
        self.ask_older(client, chat, bare_id(oldest["id"]), oldest["fromMe"], oldest["timestamp"], 10)
        _, theirs = self.wait_history(client, 10, mark)
        answer = session.api.post(f"/api/v1/{session.name}/chats/70000000001@c.us/history", {"count": 10}, expect=202)
        self.assertEqual(answer["count"], 10)
        _, all_ids = self.seen_by(session, MESSAGES + 10)
        self.assertEqual(len(all_ids), MESSAGES + 10)
        self.assertLessEqual(theirs, all_ids)
        self.assertEqual(len(theirs), 10)


class BaileysHistoryTest(RealSignatures, HistoryBehaviours, WithPeer):
    def check_signatures(self):
        """History comes from the own phone: there may be no foreign signature to check in a test."""
        self.assertEqual(self.peer.signatures()["bad"], 0, "Baileys met a wrong signature")

    def wait_history(self, client, messages: int, since: int = 0) -> tuple[set, set]:
        def collected():
            chats, ids = set(), set()
            for event in client.events("raw", since):
                if event["type"] == "messaging-history.set":
                    chats |= {chat["id"] for chat in event["data"]["chats"]}
                    ids |= {message["key"]["id"] for message in event["data"]["messages"]}
            return (chats, ids) if len(ids) >= messages else None
        return wait_until(collected, 40, f"{messages} messages at Baileys")

    def ask_older(self, client, chat: str, message_id: str, from_me: bool, seconds: int, count: int):
        client.call("fetchMessageHistory", count, {"remoteJid": chat, "id": message_id, "fromMe": from_me}, seconds)


class WhatsmeowHistoryTest(HistoryBehaviours, WithPeer):
    peer_type = WhatsmeowPeer

    def wait_history(self, client, messages: int, since: int = 0) -> tuple[set, set]:
        def collected():
            chats, ids = set(), set()
            for event in client.events("raw", since):
                if event["type"] == "HistorySync":
                    chats |= set(event["data"]["chats"])
                    ids |= set(event["data"]["ids"])
            return (chats, ids) if len(ids) >= messages else None
        return wait_until(collected, 40, f"{messages} messages at whatsmeow")

    def ask_older(self, client, chat: str, message_id: str, from_me: bool, seconds: int, count: int):
        client.request("askHistory", chat=chat, message=message_id, fromMe=from_me, seconds=seconds, count=count)

    def tearDown(self):
        # It deletes what it has read, as phones expect.
        self.assertEqual(self.sandbox.stats()["counters"].get("phone_bad_media_retries", 0), 0)


if __name__ == "__main__":
    main()
