"""The phone's history: all of it arrives, in little memory, and a kill in the middle loses nothing."""

import collections
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import main
from harness.waiting import wait_until

CHATS = 2_000
MESSAGES = 50_000
PERSONS = CHATS - CHATS // 5  # every fifth chat is a group
ALLOWED_KIB = 16 * 1024
LONG = 240


class HistoryTest(GatewayCase):
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

    def test_a_long_history_arrives_as_a_whole_in_little_memory(self):
        session, account = self.new_paired()
        wait_until(lambda: self.sandbox.stats()["queued_stanzas"] == 0, 20, "nothing queued")
        idle = self.memory("VmRSS")
        self.forget_peak()
        self.make_history(account, chats=CHATS, messages=MESSAGES)
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

    def test_a_kill_in_the_middle_loses_nothing(self):
        session, account = self.new_paired()
        chats, messages = 500, 5_000
        since = self.hooks.mark()
        self.make_history(account, chats=chats, messages=messages, chatsPerChunk=50)
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


if __name__ == "__main__":
    main()
