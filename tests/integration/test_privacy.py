"""Retention of each tenant, and deleting what is stored about a person."""

import contextlib
import os
import sqlite3
import time

from world import GatewayCase  # first: it knows where the harness is
from harness import main

SECRET = "a-text-that-has-to-go-7c1e"


class RetentionTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    @classmethod
    def environment(cls):
        return {"WAGATE_PRUNE_SECONDS": "1", "WAGATE_MESSAGE_RETENTION_DAYS": "90"}

    def test_a_tenant_chooses_within_what_the_operator_allows(self):
        acme = self.gateway.tenant("acme")
        start = acme.get("/api/v1/retention")
        self.assertEqual(start["messages"], {"days": None, "bytes": None, "most": {"days": 90, "bytes": None}, "inForce": {"days": 90, "bytes": None}})
        self.assertEqual(start["events"]["inForce"], {"days": 7, "bytes": 1 << 30})
        self.assertEqual(start["deadLetters"]["inForce"], {"days": 30})
        changed = acme.put("/api/v1/retention", {"messages": {"days": 10, "bytes": 5_000_000}})
        self.assertEqual(changed["messages"]["inForce"], {"days": 10, "bytes": 5_000_000})
        for body in ({"messages": {"days": 91}}, {"events": {"days": 8}}, {"events": {"bytes": 1 << 31}}, {"messages": {"days": 0}},
                     {"messages": {"days": "x"}}, {"messages": {"most": {"days": 1}}}, {"deadLetters": {"bytes": 5}}):
            self.assertEqual(acme.request("PUT", "/api/v1/retention", body).status, 400, body)
        self.assertEqual(acme.get("/api/v1/retention"), changed)
        operator = self.gateway.api
        operator.put("/api/v1/tenants/acme/retention", {"events": {"days": 20, "most": {"days": 30}}})
        self.assertEqual(acme.get("/api/v1/retention")["events"]["inForce"]["days"], 20)
        acme.put("/api/v1/retention", {"events": {"days": 30}})
        self.assertEqual(operator.get("/api/v1/tenants/acme/retention"), acme.get("/api/v1/retention"))
        self.assertEqual(self.gateway.tenant("globex").get("/api/v1/retention"), start)
        self.assertEqual(acme.request("PUT", "/api/v1/tenants/globex/retention", {}).status, 403)
        self.assertEqual(operator.request("GET", "/api/v1/tenants/nobody/retention").status, 404)
        self.assertEqual(operator.request("PUT", "/api/v1/tenants/nobody/retention", {}).status, 404)
        session = self.new_session("acme")
        limited = acme.post("/api/keys", {"isAdmin": False, "session": session.name, "isActive": True})
        headers = {"X-Api-Key": limited["key"]}
        for method in ("GET", "PUT"):
            self.assertEqual(acme.request(method, "/api/v1/retention", {}, headers=headers).status, 403)
        before = acme.get("/api/v1/retention")
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(self.gateway.tenant("acme").get("/api/v1/retention"), before)

    def test_messages_go_by_bytes_and_the_newest_stay(self):
        session, phone = self.new_paired("globex")
        sender = self.sandbox.account()
        for number in range(6):
            sender.send(phone.digits, f"{number} " + "x" * 2_000)
            session.wait_message(f"{number} " + "x" * 2_000)
        self.gateway.tenant("globex").put("/api/v1/retention", {"messages": {"bytes": 15_000}})
        end = time.monotonic() + 20
        left = session.messages("all", limit=100)
        while len(left) >= 6 and time.monotonic() < end:
            time.sleep(0.2)
            left = session.messages("all", limit=100)
        self.assertTrue(0 < len(left) < 6, len(left))
        self.assertEqual(max(message["body"][0] for message in left), "5")
        self.assertNotIn("0", [message["body"][0] for message in left])
        overview = self.gateway.tenant("globex").get(f"/api/{session.name}/chats/overview")
        self.assertEqual(overview[0]["lastMessage"]["body"][0], "5")


class PersonTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    def files(self) -> bytes:
        content = b""
        for name in ("wagate.db", "wagate.db-wal"):
            path = os.path.join(self.gateway.data_dir, name)
            if os.path.exists(path):
                with open(path, "rb") as file:
                    content += file.read()
        return content

    def sealed_values(self, chat: str) -> list[bytes]:
        """Of the chat's messages: the text is nowhere in plain, but this is what it could be opened from."""
        with contextlib.closing(sqlite3.connect(f"file:{self.gateway.data_dir}/wagate.db?mode=ro", uri=True)) as database:
            return [row[0][:64] for row in database.execute("SELECT value FROM message WHERE chat LIKE ?", (f"%{chat}%",))]

    def test_a_persons_data_goes_from_api_events_and_disk(self):
        session, phone = self.new_paired("acme")
        person, other = self.sandbox.account(), self.sandbox.account()
        person.send(phone.digits, SECRET + " direct")
        session.wait_message(SECRET + " direct")
        other.send(phone.digits, "of somebody else")
        session.wait_message("of somebody else")
        answer = session.send(person.chat_id, SECRET + " back")
        session.wait_ack(answer, 1)
        person.received(SECRET + " back")
        group = self.sandbox.api.post("/control/groups", {"by": person.phone, "members": [phone.phone, other.phone]}, expect=201)["id"]
        person.send(group, SECRET + " in the group")
        session.wait_message(SECRET + " in the group")
        time.sleep(0.5)  # receipts of the last message
        on_disk = self.files()
        self.assertNotIn(SECRET.encode(), on_disk)
        sealed = self.sealed_values(person.digits) + self.sealed_values(person.lid.partition("@")[0])
        self.assertGreaterEqual(len(sealed), 2)
        for value in sealed:
            self.assertIn(value, on_disk)
        foreign = self.gateway.tenant("globex")
        self.assertEqual(foreign.request("DELETE", f"/api/v1/{session.name}/contacts/{person.chat_id}/data").status, 404)
        erased = session.api.delete(f"/api/v1/{session.name}/contacts/{person.chat_id}/data")
        self.assertGreaterEqual(erased["messages"], 3, erased)
        self.assertGreaterEqual(erased["events"], 3, erased)
        self.assertTrue(erased["logTruncated"], erased)
        left = self.files()
        for value in sealed:
            self.assertNotIn(value, left)
        bodies = [message["body"] for message in session.messages("all", limit=100)]
        self.assertIn("of somebody else", bodies)
        self.assertFalse([body for body in bodies if body and SECRET in body])
        self.assertEqual(session.messages(person.chat_id, limit=100), [])
        told = session.api.get("/api/v1/events?since=0&limit=1000")
        self.assertNotIn(SECRET, str(told))
        self.assertIn("of somebody else", str(told))
        # The session goes on: with the person, too.
        since = self.hooks.mark()
        person.send(phone.digits, "a new beginning")
        session.wait_message("a new beginning", since=since)
        self.assertEqual([message["body"] for message in session.messages(person.chat_id, limit=100)], ["a new beginning"])

    def test_the_own_account_and_what_is_no_person_are_refused(self):
        session, phone = self.new_paired("acme")
        path = f"/api/v1/{session.name}/contacts/%s/data"
        self.assertEqual(session.api.request("DELETE", path % phone.chat_id).status, 422)
        self.assertEqual(session.api.request("DELETE", path % "120363000000000001@g.us").status, 400)
        self.assertEqual(session.api.request("DELETE", path % "nobody").status, 400)
        self.assertEqual(session.api.request("DELETE", "/api/v1/missing/contacts/4915112345678/data").status, 404)
        nobody = session.api.delete(path % "4915112345678")
        self.assertEqual((nobody["messages"], nobody["contacts"], nobody["files"]), (0, 0, 0))


if __name__ == "__main__":
    main()
