"""Chat settings that one companion of an account makes and the others hear of. Mixins: the suites add the client."""

import concurrent.futures


class AppStateBehaviours:
    """Of a WithGateway case: the client is a second companion of the session's account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fill_settings(cls.alice)
        cls.client = cls.peer.client("companion").pair(cls.sandbox, cls.alice)
        cls.wait_settings(cls.client)

    def setUp(self):
        super().setUp()
        # A chat of its own for each test, known to both.
        self.other = self.sandbox.account()
        self.other.send(self.alice.digits, f"hello from {self.other.phone}")
        self.session.wait_message(f"hello from {self.other.phone}", since=self.since)
        self.last = self.client.wait_message(f"hello from {self.other.phone}")
        self.mark = self.client.mark()

    # ------------------------------------------------------------------ what both clients can do

    def archive(self, archived: bool):
        raise NotImplementedError

    def told(self, what: str, *expected):
        """Waits until the client says that the chat of this test was changed."""
        raise NotImplementedError

    def wait_archived(self, archived: bool, since: int):
        return self.hooks.wait("chat.archive", lambda delivery: self.other.is_me(delivery.payload["id"]) and delivery.payload["archived"] == archived,
                               session="alice", since=since).payload

    def post(self, path: str, body=None):
        return self.session.api.post(f"/api/alice/chats/{self.other.chat_id}/{path}", body or {}, expect=(200, 201))

    # ------------------------------------------------------------------ behaviours

    def test_what_the_client_archives_is_archived_at_the_gateway(self):
        for archived in (True, False):
            since = self.hooks.mark()
            self.archive(archived)
            self.wait_archived(archived, since)

    def test_what_the_gateway_archives_is_archived_at_the_client(self):
        self.post("archive")
        self.told("archived", True)
        self.mark = self.client.mark()
        self.post("unarchive")
        self.told("archived", False)

    def test_what_the_gateway_marks_as_unread_is_unread_at_the_client(self):
        self.post("unread")
        self.told("unread")

    def test_changes_of_both_that_meet_all_come_through(self):
        """The client's change is on the server when the gateway's start, and the gateway has not been told of it yet, or not of all.

        Not the other way round: who loses such a race must take what the others did and try again. Baileys does not look at that answer, and whatsmeow
        takes it in beside its own handling of the notification, so both are left with a collection whose MAC is wrong. The gateway is the one to lose here.
        """
        others = [self.sandbox.account() for _ in range(4)]
        for other in others:
            other.send(self.alice.digits, f"hello from {other.phone}")
            self.session.wait_message(f"hello from {other.phone}", since=self.since)
        since = self.hooks.mark()
        self.archive(True)
        with concurrent.futures.ThreadPoolExecutor(len(others)) as pool:
            made = [pool.submit(self.session.api.post, f"/api/alice/chats/{other.chat_id}/archive", {}, expect=(200, 201)) for other in others]
            for one in made:
                one.result()
        self.wait_archived(True, since)
        for other in others:
            self.other = other
            self.told("archived", True)

    def test_a_change_of_the_gateway_that_is_refused_is_made_again_on_top_of_the_others(self):
        self.alice.faults(appStateConflicts=2)
        self.addCleanup(self.alice.faults)
        before = self.sandbox.stats()["counters"].get("faults_app_state_conflicts", 0)
        self.post("archive")
        self.told("archived", True)
        self.assertEqual(self.sandbox.stats()["counters"]["faults_app_state_conflicts"], before + 2)

    def test_a_label_of_the_gateway_reaches_the_client(self):
        made = self.session.api.post("/api/alice/labels", {"name": f"Foxes {self.other.phone}", "color": 3}, expect=(200, 201))
        self.told("label", made["id"], f"Foxes {self.other.phone}")
        self.session.api.put(f"/api/alice/labels/chats/{self.other.chat_id}", {"labels": [{"id": made["id"]}]})
        self.told("labelled", made["id"])


class BaileysChanges:
    def archive(self, archived: bool):
        last = {"key": {"$key": self.last["id"]}, "messageTimestamp": 1_700_000_000}
        self.client.call("chatModify", {"archive": archived, "lastMessages": [last]}, self.last["chat"])

    def told(self, what: str, *expected):
        def about_chat(key, value):
            return lambda data: any(self.other.is_me(chat["id"]) and chat.get(key) == value for chat in data)

        if what == "archived":
            self.client.wait_raw("chats.update", about_chat("archived", expected[0]), since=self.mark)
        elif what == "unread":
            self.client.wait_raw("chats.update", about_chat("unreadCount", -1), since=self.mark)
        elif what == "label":
            self.client.wait_raw("labels.edit", lambda data: data["id"] == expected[0] and data["name"] == expected[1], since=self.mark)
        else:
            self.client.wait_raw("labels.association", lambda data: data["type"] == "add" and data["association"]["labelId"] == expected[0]
                                 and self.other.is_me(data["association"]["chatId"]), since=self.mark)

    def test_a_label_of_the_client_reaches_the_gateway(self):
        number = "41"
        self.client.call("addLabel", self.last["chat"], {"id": number, "name": "Owls", "color": 5})
        seen = self.hooks.wait("label.upsert", lambda delivery: delivery.payload["id"] == number, session="alice", since=self.since).payload
        self.assertEqual((seen["name"], seen["color"]), ("Owls", 5))
        self.client.call("addChatLabel", self.last["chat"], number)
        seen = self.hooks.wait("label.chat.added", lambda delivery: delivery.payload["labelId"] == number, session="alice", since=self.since).payload
        self.assertTrue(self.other.is_me(seen["chatId"]), seen)


class WhatsmeowChanges:
    def archive(self, archived: bool):
        self.client.request("change", method="BuildArchive", args=[
            self.last["chat"], archived, 1_700_000_000, {"remoteJid": self.last["chat"], "fromMe": False, "id": self.last["id"]}])

    def told(self, what: str, *expected):
        kind = {"archived": "Archive", "unread": "MarkChatAsRead", "label": "LabelEdit", "labelled": "LabelAssociationChat"}[what]

        def wanted(data) -> bool:
            action = data["Action"]
            if what == "label":
                return (data["LabelID"], action.get("name")) == expected
            if not self.other.is_me(data["JID"]):
                return False
            if what == "archived":
                return action.get("archived", False) == expected[0]
            if what == "unread":
                return action.get("read", False) is False
            return data["LabelID"] == expected[0] and action.get("labeled")

        self.client.wait_raw(kind, wanted, since=self.mark)

    def test_a_label_of_the_client_reaches_the_gateway(self):
        self.client.request("change", method="BuildLabelEdit", args=["42", "Bears", 7, False])
        seen = self.hooks.wait("label.upsert", lambda delivery: delivery.payload["id"] == "42", session="alice", since=self.since).payload
        self.assertEqual((seen["name"], seen["color"]), ("Bears", 7))
        self.client.request("change", method="BuildLabelChat", args=[self.last["chat"], "42", True])
        seen = self.hooks.wait("label.chat.added", lambda delivery: delivery.payload["labelId"] == "42", session="alice", since=self.since).payload
        self.assertTrue(self.other.is_me(seen["chatId"]), seen)
