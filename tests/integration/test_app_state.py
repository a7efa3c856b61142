"""Settings that all devices of an account share: what the phone does is told here, what is done here the phone and the
other companions hear of."""

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.gateway import bare_id


class AppStateCase(GatewayCase):
    def phone_does(self, account, action: str, **fields):
        account.sandbox.api.post(f"/control/accounts/{account.phone}/app-state", {"action": action, **fields}, expect=200)

    def on_phone(self, account) -> dict[tuple, dict]:
        """What the phone sees, by index."""
        shown = account.sandbox.api.get(f"/control/accounts/{account.phone}/app-state")
        return {tuple(entry["index"]): entry for entry in shown["entries"]}

    def wait_on_phone(self, account, index: tuple, **fields) -> dict:
        def found():
            entry = self.on_phone(account).get(index)
            return entry if entry and all(entry.get(key) == value for key, value in fields.items()) else None
        return wait_until(found, 20, f"{index} on the phone", lambda: self.on_phone(account))

    def event(self, session, name: str, since: int, /, **fields):
        return self.hooks.wait(name, lambda delivery: all(delivery.payload.get(key) == value for key, value in fields.items()),
                               20, session.name, since, path=session.endpoint, what=f"{name} {fields} at {session.name}")

    def synchronised(self, session, account):
        """Waits until the first synchronisation is over: what the phone does from then on is told."""
        account_path = f"/api/{session.name}"
        return wait_until(lambda: session.api.request("POST", f"{account_path}/chats/491520999999/unarchive").status == 201, 20,
                          f"{session.name} to take part in app state")

    def path(self, session, rest: str) -> str:
        return f"/api/{session.name}/{rest}"


class FilesTest(AppStateCase):
    """Collections that come as snapshots, and patches whose content is in a file."""

    def make_snapshots(self, account):
        self.sandbox.api.post(f"/control/accounts/{account.phone}/app-state/snapshots", {}, expect=200)

    def counter(self, name: str) -> int:
        return self.sandbox.stats()["counters"].get(name, 0)

    def test_a_new_session_reads_snapshots_from_the_media_servers(self):
        account, other = self.sandbox.account(), self.sandbox.account()
        for number in range(1, 31):
            self.phone_does(account, "label", id=str(number), name=f"Label {number}", color=number % 20)
        self.phone_does(account, "label", id="30", name="Label 30", deleted=True)
        self.phone_does(account, "archive", chat=other.phone)
        self.make_snapshots(account)
        self.phone_does(account, "label", id="1", name="After the snapshot", color=3)
        before = self.counter("app_state_snapshots")
        session = self.new_session()
        session.pair(account, since=0)
        names = ["After the snapshot"] + [f"Label {number}" for number in range(2, 30)]
        wait_until(lambda: sorted(label["name"] for label in session.api.get(self.path(session, "labels"))) == sorted(names), 20, "the labels",
                   lambda: session.api.get(self.path(session, "labels")))
        self.assertGreaterEqual(self.counter("app_state_snapshots") - before, 2)
        # What is on top of a snapshot is told, and what is pushed on top of it is taken.
        self.synchronised(session, account)
        since = self.hooks.mark()
        self.phone_does(account, "label", id="2", name="Changed", color=4)
        self.event(session, "label.upsert", since, id="2", name="Changed")
        session.api.request("PUT", self.path(session, "labels/3"), {"name": "Pushed", "color": 5})
        self.wait_on_phone(account, ("label_edit", "3"), name="Pushed")
        self.assertEqual(self.counter("phone_bad_patches"), 0)

    def test_a_patch_in_a_file_is_fetched(self):
        session, account = self.new_paired()
        self.synchronised(session, account)
        since = self.hooks.mark()
        self.phone_does(account, "label", id="5", name="From a file", color=1, inFile=True)
        self.event(session, "label.upsert", since, id="5", name="From a file")
        self.phone_does(account, "label", id="6", name="After it", color=1)
        self.event(session, "label.upsert", since, id="6", name="After it")

    def test_a_file_that_cannot_be_had_now_is_fetched_later(self):
        session, account = self.new_paired()
        self.synchronised(session, account)
        since = self.hooks.mark()
        self.sandbox.api.put("/control/media/faults", {"missing": 1})
        self.addCleanup(self.sandbox.api.put, "/control/media/faults", {})
        self.phone_does(account, "label", id="5", name="Later", color=1, inFile=True)
        self.event(session, "label.upsert", since, id="5", name="Later")


class MarksTest(AppStateCase):
    """Stars and pins of messages and chats, kept and shown."""

    def marks(self, session, chat: str) -> dict:
        found = session.messages(chat, limit=1, sortOrder="asc", downloadMedia="false")[0]["_data"]
        return {"isStarred": found["isStarred"], "isPinned": found["pinnedUntil"] is not None}

    def wait_marks(self, session, chat: str, **wanted):
        return wait_until(lambda: wanted.items() <= self.marks(session, chat).items(), 20, f"{wanted}", lambda: self.marks(session, chat))

    def test_stars_of_the_phone_and_own_ones_are_shown(self):
        session, account = self.new_paired()
        friend = self.sandbox.account()
        message = friend.send(account.digits, "worth a star")
        session.wait_message("worth a star")
        self.synchronised(session, account)
        self.assertEqual(self.marks(session, friend.chat_id), {"isStarred": False, "isPinned": False})
        for starred in (True, False):
            self.phone_does(account, "star", chat=friend.phone, message=message, fromMe=False, starred=starred)
            self.wait_marks(session, friend.chat_id, isStarred=starred)
        session.api.request("PUT", "/api/star", {"session": session.name, "chatId": friend.chat_id,
                                                 "messageId": f"false_{friend.chat_id}_{message}", "star": True})
        self.wait_marks(session, friend.chat_id, isStarred=True)

    def test_pins_of_others_and_own_ones_are_shown(self):
        (ann, anns), (ben, bens) = self.new_paired(), self.new_paired()
        ann.send(bens.chat_id, "important")
        told = ben.wait_message("important").payload
        ben.api.post(self.path(ben, f"chats/{anns.chat_id}/messages/{told['id']}/pin"), {"duration": 86400}, expect=(200, 201))
        for session, chat in ((ben, anns.chat_id), (ann, bens.chat_id)):
            self.wait_marks(session, chat, isPinned=True)
        ben.api.post(self.path(ben, f"chats/{anns.chat_id}/messages/{told['id']}/unpin"), {}, expect=(200, 201))
        for session, chat in ((ben, anns.chat_id), (ann, bens.chat_id)):
            self.wait_marks(session, chat, isPinned=False)

    def test_pinned_chats_are_shown(self):
        session, account = self.new_paired()
        friend = self.sandbox.account()
        session.send(friend.chat_id, "hello")
        self.synchronised(session, account)
        for pinned in (True, False):
            self.phone_does(account, "pin", chat=friend.phone, pinned=pinned)
            wait_until(lambda: bool(session.api.get(self.path(session, f"chats/overview?ids={friend.chat_id}"))[0]["_chat"]["pinned"]) == pinned, 20,
                       f"pinned {pinned}", lambda: session.api.get(self.path(session, f"chats/overview?ids={friend.chat_id}")))


class RecoveryTest(AppStateCase):
    """The server's collection does not add up any more: only the phone can help."""

    def asked(self) -> int:
        return self.sandbox.stats()["counters"].get("phone_app_state_recoveries", 0)

    def test_a_collection_that_the_server_cannot_give_comes_from_the_phone(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        for number in range(1, 41):
            self.phone_does(account, "label", id=str(number), name=f"Label {number}", color=number % 20)
        self.synchronised(session, account)
        wait_until(lambda: len(session.api.get(self.path(session, "labels"))) == 40, 20, "the labels")
        asked, since = self.asked(), self.hooks.mark()
        # All of it while the session is away: the phone is asked once a day, so it must know everything by then.
        session.api.post(f"/api/sessions/{session.name}/stop", {}, expect=201)
        account.faults(badAppState="regular")
        self.phone_does(account, "label", id="3", name="Only on the phone")
        self.phone_does(account, "label", id="4", name="Label 4", deleted=True)
        self.sandbox.api.post(f"/control/accounts/{account.phone}/app-state/snapshots", {}, expect=200)
        self.phone_does(account, "label", id="5", name="This as well")
        session.api.post(f"/api/sessions/{session.name}/start", {}, expect=201)
        self.event(session, "label.upsert", since, id="3", name="Only on the phone")
        self.event(session, "label.deleted", since, id="4")
        self.event(session, "label.upsert", since, id="5", name="This as well")
        self.assertEqual(self.asked(), asked + 1)

        # It goes on from there, in both directions, without the phone.
        account.faults()
        self.phone_does(account, "label", id="6", name="From a patch")
        self.event(session, "label.upsert", since, id="6", name="From a patch")
        made = session.api.post(self.path(session, "labels"), {"name": "Made here", "color": 1}, expect=201)
        self.wait_on_phone(account, ("label_edit", made["id"]), name="Made here")
        stats = self.sandbox.stats()["counters"]
        self.assertEqual(stats.get("phone_bad_patches", 0), 0)
        self.assertEqual(self.asked(), asked + 1)

    def test_the_phone_is_not_asked_for_ever(self):
        session, account = self.new_paired()
        self.synchronised(session, account)
        asked, since = self.asked(), self.hooks.mark()
        account.faults(badAppState="regular")
        self.phone_does(account, "label", id="1", name="First")
        self.event(session, "label.upsert", since, id="1", name="First")
        self.phone_does(account, "label", id="2", name="Second")
        self.gateway.kill()
        self.gateway.start()
        self.synchronised(session, account)  # the other collections are as well as before
        self.assertEqual(self.asked(), asked + 1)
        account.faults()
        account.disconnect()
        self.event(session, "label.upsert", since, id="2", name="Second")


class PhoneChangesTest(AppStateCase):
    def test_what_the_phone_archives_is_told(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "hello")
        self.synchronised(session, account)
        since = self.hooks.mark()
        self.phone_does(account, "archive", chat=other.phone)
        self.event(session, "chat.archive", since, archived=True, id=other.chat_id)
        self.phone_does(account, "archive", chat=other.phone, archived=False)
        told = self.event(session, "chat.archive", since, archived=False, id=other.chat_id)
        self.assertTrue(other.is_me(told.payload["id"]), told.payload)

    def test_labels_of_the_phone_are_told_and_listed(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "hello")
        self.synchronised(session, account)
        since = self.hooks.mark()
        self.phone_does(account, "label", id="7", name="Paid", color=2)
        self.event(session, "label.upsert", since, id="7", name="Paid", color=2)
        self.phone_does(account, "labelChat", label="7", chat=other.phone)
        self.event(session, "label.chat.added", since, labelId="7")
        paid = {"id": "7", "name": "Paid", "color": 2, "colorHex": "#ffd429"}
        self.assertEqual(session.api.get(self.path(session, "labels")), [paid])
        self.assertEqual(session.api.get(self.path(session, f"labels/chats/{other.chat_id}")), [paid])
        self.assertEqual(session.api.get(self.path(session, "labels/7/chats")), [{"id": other.chat_id}])
        self.phone_does(account, "label", id="7", name="Paid", deleted=True)
        self.event(session, "label.deleted", since, id="7")
        self.assertEqual(session.api.get(self.path(session, "labels")), [])

    def test_a_key_that_was_not_shared_is_asked_for(self):
        session, account = self.new_paired()
        self.synchronised(session, account)
        since = self.hooks.mark()
        self.sandbox.api.post(f"/control/accounts/{account.phone}/app-state/rotate-key", {"share": False}, expect=200)
        self.phone_does(account, "label", id="3", name="New key")
        self.event(session, "label.upsert", since, id="3", name="New key")

    def test_what_happened_while_the_gateway_was_away_is_told_afterwards(self):
        session, account = self.new_paired()
        self.synchronised(session, account)
        since = self.hooks.mark()
        self.gateway.kill()
        self.phone_does(account, "label", id="5", name="Meanwhile")
        self.gateway.start()
        self.event(session, "label.upsert", since, id="5", name="Meanwhile")


class OwnChangesTest(AppStateCase):
    def test_the_phone_and_a_second_companion_hear_of_a_change_also_when_others_are_faster(self):
        session, account = self.new_paired()
        second = self.new_session()
        second.pair(account)
        other = self.sandbox.account()
        session.send(other.chat_id, "hello")
        self.synchronised(session, account)
        self.synchronised(second, account)
        since = self.hooks.mark()
        account.faults(appStateConflicts=2)
        session.api.post(self.path(session, f"chats/{other.chat_id}/archive"), expect=201)
        self.wait_on_phone(account, ("archive", other.lid_jid), archived=True)
        for told in (session, second):
            self.event(told, "chat.archive", since, archived=True)
        stats = self.sandbox.stats()["counters"]
        self.assertGreaterEqual(stats.get("app_state_conflicts", 0), 2)
        self.assertEqual(stats.get("phone_bad_patches", 0), 0)

    def test_a_change_that_is_never_in_time_is_refused(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        self.synchronised(session, account)
        account.faults(appStateConflicts=50)
        answer = session.api.request("POST", self.path(session, f"chats/{other.chat_id}/archive"))
        account.faults()
        self.assertEqual(answer.status, 422, answer)
        self.assertNotIn(("archive", other.lid_jid), self.on_phone(account))

    def test_chats_messages_and_contacts(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        sent = session.send(other.chat_id, "to be starred")
        self.synchronised(session, account)
        chat = other.lid_jid
        session.api.post(self.path(session, f"chats/{other.chat_id}/unread"), expect=201)
        self.wait_on_phone(account, ("markChatAsRead", chat), read=False)
        star = {"session": session.name, "chatId": other.chat_id, "messageId": sent, "star": True}
        session.api.put("/api/star", star, expect=200)
        self.wait_on_phone(account, ("star", chat, bare_id(sent), "1", "0"), starred=True)
        unknown = session.api.request("PUT", "/api/star", {**star, "messageId": "3EB0FFFFFFFFFFFFFFFF"})
        self.assertEqual(unknown.status, 404, unknown)
        session.api.put(self.path(session, f"contacts/{other.chat_id}"), {"firstName": "Ada", "lastName": "Lovelace"}, expect=200)
        self.wait_on_phone(account, ("contact", other.pn_jid), fullName="Ada Lovelace", firstName="Ada")
        session.api.delete(self.path(session, f"chats/{other.chat_id}/messages"), expect=200)
        self.wait_on_phone(account, ("clearChat", chat, "1", "0"))
        session.api.delete(self.path(session, f"chats/{other.chat_id}"), expect=200)
        self.wait_on_phone(account, ("deleteChat", chat, "1"))

    def test_labels_are_made_changed_put_on_chats_and_deleted(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "hello")
        self.synchronised(session, account)
        labels = self.path(session, "labels")
        made = session.api.post(labels, {"name": "Lead", "color": 1}, expect=201)
        self.assertEqual(made, {"id": "1", "name": "Lead", "color": 1, "colorHex": "#64c4ff"})
        self.wait_on_phone(account, ("label_edit", "1"), name="Lead", color=1, deleted=False)
        session.api.put(f"{labels}/1", {"name": "Customer", "colorHex": "#ff9485"}, expect=200)
        session.api.put(f"{labels}/chats/{other.chat_id}", {"labels": [{"id": "1"}]}, expect=200)
        self.wait_on_phone(account, ("label_jid", "1", other.lid_jid), labeled=True)
        self.assertEqual([label["name"] for label in session.api.get(f"{labels}/chats/{other.chat_id}")], ["Customer"])
        session.api.put(f"{labels}/chats/{other.chat_id}", {"labels": []}, expect=200)
        self.wait_on_phone(account, ("label_jid", "1", other.lid_jid), labeled=False)
        session.api.delete(f"{labels}/1", expect=200)
        self.wait_on_phone(account, ("label_edit", "1"), deleted=True)
        for refused in (session.api.request("DELETE", f"{labels}/1"), session.api.request("PUT", f"{labels}/9", {"name": "x"})):
            self.assertEqual(refused.status, 404, refused)
        self.assertEqual(session.api.request("POST", labels, {"name": "x", "color": 20}).status, 400)


if __name__ == "__main__":
    main()
