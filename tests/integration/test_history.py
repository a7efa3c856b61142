"""The phone's history: all of it arrives, in little memory, and a kill in the middle loses nothing."""

import base64
import collections
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import Session, main
from harness.gateway import bare_id
from harness.waiting import wait_until

CHATS = 2_000
MESSAGES = 50_000
PERSONS = CHATS - CHATS // 5  # every fifth chat is a group
ALLOWED_KIB = 16 * 1024
LONG = 240


class HistoryCase(GatewayCase):
    def memory(self, field: str) -> int:
        """In KiB."""
        with open(f"/proc/{self.gateway.pid}/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))

    def forget_peak(self):
        with open(f"/proc/{self.gateway.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def make_history(self, account, **plan) -> dict:
        return self.sandbox.api.post(f"/control/accounts/{account.phone}/history", plan)

    def get(self, session, path: str, **query):
        return session.api.get(f"/api/{urllib.parse.quote(session.name)}/{path}?{urllib.parse.urlencode(query)}")

    def lids(self, session) -> int:
        """Known pairs of number and LID, without the account's own."""
        own = session.api.request("GET", f"/api/{session.name}/lids/pn/{session.info()['me']['id'].split('@')[0]}")
        is_known = own.status == 200 and own.json()["lid"] is not None
        return session.api.get(f"/api/{session.name}/lids/count")["count"] - is_known

    def messages(self, session) -> list[dict]:
        found = []
        while True:
            page = self.get(session, "chats/all/messages", limit=1000, offset=len(found), sortOrder="asc", downloadMedia="false")
            found += page
            if len(page) < 1000:
                return found

    def check_all(self, session, chats: int, messages: int):
        listed = self.get(session, "chats", limit=10_000)
        ids = [chat["id"] for chat in listed]
        self.assertEqual(len(ids), chats)
        self.assertEqual(len(set(ids)), chats)
        self.assertEqual(sum(chat.endswith("@g.us") for chat in ids), chats // 5)
        found = self.messages(session)
        self.assertEqual(len(found), messages)
        self.assertEqual(len({message["id"] for message in found}), messages)
        per_chat = collections.Counter(message["_data"]["chat"]["pn"] or message["_data"]["Info"]["Chat"] for message in found)
        self.assertEqual(set(per_chat.values()), {messages // chats})
        times = [chat["conversationTimestamp"] for chat in listed]
        self.assertEqual(times, sorted(times, reverse=True))

    def wait_done(self, session, chats: int):
        last = 120_363_000_000_000_000 + chats - 1
        wait_until(lambda: self.get(session, "chats/overview", ids=f"{last}@g.us"), LONG, "the last chat", lambda: self.lids(session))

    def faults(self, **faults):
        self.sandbox.api.put("/control/media/faults", faults)
        self.addCleanup(self.sandbox.api.put, "/control/media/faults", {})

    def media(self) -> dict:
        return self.sandbox.api.get("/control/media")

    def counter(self, name: str) -> int:
        return self.sandbox.stats()["counters"].get(name, 0)

    def told(self, session, since: int, /, **fields):
        return self.hooks.wait("session.history", lambda delivery: all(delivery.payload[key] == value for key, value in fields.items()), 40,
                               session.name, since, path=session.endpoint, what=f"session.history {fields}").payload


class HistoryTest(HistoryCase):
    def test_a_long_history_arrives_as_a_whole_in_little_memory(self):
        # A small one first: pages of the program that are read for the first time are no matter of how long a history is.
        warm, other = self.new_paired()
        self.make_history(other, chats=5, messages=10, files="always")
        self.wait_done(warm, 5)
        session, account = self.new_paired()
        wait_until(lambda: self.sandbox.stats()["queued_stanzas"] == 0, 20, "nothing queued")
        idle = self.memory("VmRSS")
        self.forget_peak()
        self.make_history(account, chats=CHATS, messages=MESSAGES, files="always")
        self.wait_done(session, CHATS)
        grown = self.memory("VmHWM") - idle
        print(f"history of {MESSAGES} messages in {CHATS} chats: {grown} KiB above idle")
        self.assertLessEqual(grown, ALLOWED_KIB)
        self.check_all(session, CHATS, MESSAGES)
        self.assertEqual(self.lids(session), PERSONS)
        self.assertEqual(self.hooks.deliveries("message", session.name, 0), [])
        chat = self.get(session, "chats/overview", ids="70000000001@c.us")[0]
        self.assertEqual(chat["name"], "Person 1")
        self.assertEqual(chat["_chat"]["unreadCount"], 1)
        self.assertEqual(chat["_chat"]["_data"]["lid"], "300000000000001@lid")
        self.assertEqual(chat["lastMessage"]["body"], "message 0 of chat 1")

    def test_history_inside_of_messages_arrives_as_well(self):
        session, account = self.new_paired()
        self.make_history(account, chats=50, messages=500, files="never")
        self.wait_done(session, 50)
        self.check_all(session, 50, 500)

    def test_a_kill_in_the_middle_loses_nothing(self):
        for files in ("always", "never"):
            with self.subTest(files):
                self.check_kill(files)

    def check_kill(self, files: str):
        session, account = self.new_paired()
        chats, messages = 500, 5_000
        since = self.hooks.mark()
        self.make_history(account, chats=chats, messages=messages, chatsPerChunk=50, files=files)
        for part in (1, 3):
            wait_until(lambda: self.lids(session) > part * 100, LONG, "a part of the history", lambda: self.lids(session))
            self.gateway.kill()
            self.gateway.start()
            session.wait_status("WORKING", since=since)
            since = self.hooks.mark()
        self.wait_done(session, chats)
        self.check_all(session, chats, messages)

    def test_history_is_taken_at_pairing_as_the_session_wants_it(self):
        for policy, expected in (("none", 0), ("recent", 10)):
            with self.subTest(policy):
                account = self.sandbox.account()
                self.make_history(account, chats=10, messages=20, at="pairing")
                session = self.new_session(create=False)
                session.api.post("/api/sessions", {"name": session.name, "start": True, "config": {
                    "history": {"policy": policy}, "webhooks": [{"url": self.hooks.url(session.endpoint), "events": ["*"]}]}}, expect=201)
                session.pair(account, since=0)
                wait_until(lambda: self.lids(session) == 8, 20, "names and addresses", lambda: self.lids(session))
                if expected:
                    self.wait_done(session, 10)
                self.assertEqual(len(self.get(session, "chats")), expected)

    def test_contacts_and_addresses_come_with_the_history(self):
        session, account = self.new_paired()
        self.make_history(account, chats=10, messages=20)
        self.wait_done(session, 10)
        everybody = session.api.get(f"/api/contacts/all?session={session.name}&sortBy=name")
        self.assertEqual([contact["pushname"] for contact in everybody], [f"Person {n}" for n in (0, 1, 2, 3, 5, 6, 7, 8)])
        one = session.api.get(f"/api/contacts?session={session.name}&contactId=70000000003@c.us")
        self.assertEqual((one["id"], one["number"], one["pushname"]), ("70000000003@c.us", "70000000003", "Person 3"))
        self.assertEqual(self.get(session, "lids/pn/70000000003"), {"lid": "300000000000003@lid", "pn": "70000000003@c.us"})
        self.assertEqual(self.get(session, "lids/300000000000003@lid"), {"lid": "300000000000003@lid", "pn": "70000000003@c.us"})


class HistoryFilesTest(HistoryCase):
    """Pieces in files, and what goes wrong with them."""

    def test_files_that_were_read_are_deleted_on_the_servers(self):
        session, account = self.new_paired()
        before = self.media()
        self.make_history(account, chats=40, messages=80, chatsPerChunk=10, files="always")
        self.wait_done(session, 40)
        wait_until(lambda: self.media()["deleted"] - before["deleted"] == 4, 20, "deleted files", self.media)
        self.assertEqual(self.media()["files"], before["files"])

    def test_what_is_gone_or_damaged_is_uploaded_again_by_the_phone(self):
        for faults in ({"missing": 1}, {"gone": 1}, {"corrupt": 1}, {"unavailable": 2}, {"cuts": 2, "cutAfter": 100}):
            with self.subTest(**faults):
                session, account = self.new_paired()
                again = self.counter("phone_history_uploads_again")
                self.faults(**faults)
                self.make_history(account, chats=20, messages=400, files="always")
                self.wait_done(session, 20)
                self.check_all(session, 20, 400)
                asked = self.counter("phone_history_uploads_again") - again
                self.assertEqual(asked, 1 if {"missing", "gone"} & faults.keys() else asked)

    def test_what_nobody_has_any_more_is_told(self):
        session, account = self.new_paired()
        since = self.hooks.mark()
        self.faults(missing=1000, lostByPhones=True)
        self.make_history(account, chats=10, messages=10, files="always")
        told = self.told(session, since, error="the media servers no longer have the history")
        self.assertEqual((told["type"], told["chunk"], told["messages"]), ("initial", 1, 0))
        self.assertEqual(self.get(session, "chats"), [])
        self.faults()
        since = self.hooks.mark()
        self.make_history(account, chats=10, messages=10, files="always")
        self.assertIsNone(self.told(session, since, type="initial", messages=10)["error"])

    def test_files_of_old_messages_are_fetched_when_that_is_wanted(self):
        image = base64.b64encode(b"a picture" * 1000).decode()
        for wanted in (False, True):
            with self.subTest(wanted):
                account = self.sandbox.account()
                session = self.new_session(create=False)
                session.api.post("/api/sessions", {"name": session.name, "start": True, "config": {
                    "history": {"policy": "recent", "media": wanted}, "webhooks": [{"url": self.hooks.url(session.endpoint), "events": ["*"]}]}}, expect=201)
                session.pair(account, since=0)
                before = self.media()["downloads"]
                self.make_history(account, chats=10, messages=20, image=image, files="never")
                self.wait_done(session, 10)
                if wanted:
                    wait_until(lambda: self.media()["downloads"] - before == 1, 20, "the picture", self.media)
                message = self.get(session, "chats/70000000001@c.us/messages", limit=1, downloadMedia="false")[0]
                self.assertTrue(message["hasMedia"])
                self.assertEqual(self.media()["downloads"] - before, int(wanted))


class OlderMessagesTest(HistoryCase):
    """What the phone is asked for."""

    def ask(self, session, chat: str, expect=202, **body):
        return session.api.post(f"/api/v1/{session.name}/chats/{chat}/history", body, expect=expect)

    def ids(self, session, chat: str) -> list[str]:
        found = self.get(session, f"chats/{chat}/messages", limit=1000, sortOrder="desc", downloadMedia="false")
        return [bare_id(message["id"]) for message in found]

    def test_older_messages_come_piece_by_piece_until_there_are_no_more(self):
        session, account = self.new_paired()
        self.make_history(account, chats=5, messages=10, older=60, days=10)
        self.wait_done(session, 5)
        chat = "70000000001@c.us"
        self.assertEqual(self.ids(session, chat), ["HIST1A0", "HIST1A1"])
        known = 2
        for count, more in ((50, True), (50, False)):
            since = self.hooks.mark()
            asked = self.ask(session, chat, count=count)
            self.assertEqual(bare_id(asked["before"]), f"HIST1A{known - 1}")
            told = self.told(session, since, type="on_demand")
            known += min(count, 62 - known)
            self.assertEqual((told["requestId"], told["hasMore"], told["chats"], told["error"]), (asked["requestId"], more, 1, None))
            self.assertEqual(self.ids(session, chat), [f"HIST1A{number}" for number in range(known)])
        since = self.hooks.mark()
        self.ask(session, chat, count=5, messageId="HIST1A10")
        self.assertEqual(self.told(session, since, type="on_demand")["messages"], 0)

    def test_messages_that_were_really_written_come_as_well(self):
        account, friend = self.sandbox.account(), self.sandbox.account(pushName="Friend")
        for number in range(5):
            friend.send(account.digits, f"before pairing {number}")
        session = self.new_session()
        session.pair(account, since=0)
        friend.send(account.digits, "after pairing")
        session.wait_message("after pairing")
        since = self.hooks.mark()
        self.ask(session, friend.chat_id)
        told = self.told(session, since, type="on_demand")
        self.assertEqual((told["messages"], told["hasMore"]), (5, False))
        found = self.get(session, f"chats/{friend.chat_id}/messages", sortOrder="asc")
        self.assertEqual([message["body"] for message in found], [f"before pairing {number}" for number in range(5)] + ["after pairing"])

    def test_what_cannot_be_asked_is_refused(self):
        session, account = self.new_paired()
        self.ask(session, "70000000001@c.us", expect=404)
        self.ask(session, "70000000001@c.us", expect=404, messageId="3EB0NONE")
        self.ask(session, "nobody", expect=400)
        self.ask(session, "70000000001@c.us", expect=400, count=51)
        self.ask(session, "70000000001@c.us", expect=400, count=0)
        other = Session(self.gateway, self.hooks, "unknown-session")
        other.api.post("/api/v1/unknown-session/chats/70000000001@c.us/history", {}, expect=422)


if __name__ == "__main__":
    main()
