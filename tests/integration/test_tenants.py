"""Tenants in one gateway never see, name or disturb each other (S1)."""

import os
import sqlite3
import threading

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.http import Api


class TenantTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    def test_a_session_name_may_be_used_by_every_tenant(self):
        mine, my_phone = self.new_paired("acme", "main")
        theirs, their_phone = self.new_paired("globex", "main")
        self.assertEqual(mine.info()["me"]["id"], my_phone.chat_id)
        self.assertEqual(theirs.info()["me"]["id"], their_phone.chat_id)
        self.sandbox.account().send(my_phone.digits, "for acme only")
        mine.wait_message("for acme only")
        self.sandbox.account().send(their_phone.digits, "for globex only")
        theirs.wait_message("for globex only")
        for session, foreign in ((mine, "for globex only"), (theirs, "for acme only")):
            bodies = [entry.payload.get("body") for entry in self.hooks.deliveries(path=session.endpoint)]
            self.assertNotIn(foreign, bodies)

    def test_a_foreign_session_does_not_exist(self):
        session, account = self.new_paired("acme", "private")
        foreign = self.gateway.tenant("globex")
        self.assertEqual(foreign.request("GET", "/api/sessions/private").status, 404)
        self.assertNotIn("private", [entry["name"] for entry in foreign.get("/api/sessions?all=true")])
        for method, path, body in (
                ("GET", "/api/sessions/private/me", None),
                ("GET", "/api/private/auth/qr", None),
                ("GET", f"/api/private/chats/{account.chat_id}/messages?limit=5", None),
                ("PUT", "/api/sessions/private", {"config": {}}),
                ("POST", "/api/sessions/private/stop", {}),
                ("POST", "/api/sessions/private/logout", {}),
                ("POST", "/api/private/auth/request-code", {"phoneNumber": account.phone}),
                ("POST", "/api/sendText", {"session": "private", "chatId": account.chat_id, "text": "x"})):
            answer = foreign.request(method, path, body)
            self.assertIn(answer.status, (404, 422), f"{method} {path}: {answer}")
            unknown = foreign.request(method, path.replace("private", "missing"), body and {**body, **({"session": "missing"} if "session" in body else {})})
            self.assertEqual(answer.status, unknown.status, f"{method} {path} tells a foreign session from a missing one")
            self.assertEqual(answer.body.replace(b"private", b"missing"), unknown.body)
        foreign.request("DELETE", "/api/sessions/private")
        self.assertEqual(session.status(), "WORKING")
        self.assertEqual(len(account.devices()), 1)

    def test_a_key_of_no_tenant_opens_nothing(self):
        for key in ("acme-key-1b2c3d4", "acme", "acme:acme-key-1b2c3d4e"):
            answer = self.gateway.api.request("GET", "/api/sessions", headers={"X-Api-Key": key})
            self.assertEqual(answer.status, 401, key)

    def test_tenants_stay_apart_after_a_kill(self):
        mine, my_phone = self.new_paired("acme", "after-kill")
        theirs, their_phone = self.new_paired("globex", "after-kill")
        since = self.hooks.mark()
        self.gateway.kill()
        self.gateway.start()
        mine.wait_status("WORKING", since=since)
        theirs.wait_status("WORKING", since=since)
        self.assertEqual(mine.info()["me"]["id"], my_phone.chat_id)
        self.assertEqual(theirs.info()["me"]["id"], their_phone.chat_id)


class TenantLifeTest(GatewayCase):
    """Creating, suspending and deleting tenants while everything runs."""

    def new_tenant(self, name: str, **more) -> str:
        made = self.gateway.api.post("/api/v1/tenants", {"name": name, **more}, expect=201)
        self.gateway.tenants[name] = made["key"]
        return made["key"]

    def rows_of(self, number: int) -> dict[str, int]:
        """How many rows each table has of a tenant."""
        with sqlite3.connect(f"file:{os.path.join(self.gateway.data_dir, 'wagate.db')}?mode=ro", uri=True) as database:
            tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            counted = {}
            for table in tables:
                if "tenant" in {row[1] for row in database.execute(f"PRAGMA table_info({table})")}:
                    counted[table] = database.execute(f"SELECT count(*) FROM {table} WHERE tenant = ?", (number,)).fetchone()[0]
            return counted

    def number_of(self, tenant: str) -> int:
        with sqlite3.connect(f"file:{os.path.join(self.gateway.data_dir, 'wagate.db')}?mode=ro", uri=True) as database:
            return database.execute("SELECT tenant FROM tenant WHERE id = ?", (tenant,)).fetchone()[0]

    def gone(self, tenant: str):
        wait_until(lambda: self.gateway.api.request("GET", f"/api/v1/tenants/{tenant}").status == 404, 40, f"tenant {tenant} to be gone")

    def test_a_tenant_is_described_and_counted(self):
        self.new_tenant("described", displayName="Described Ltd", metadata={"plan": "large"})
        self.new_session("described")
        shown = self.gateway.api.get("/api/v1/tenants/described")
        self.assertEqual((shown["state"], shown["displayName"], shown["metadata"]), ("active", "Described Ltd", {"plan": "large"}))
        self.assertEqual((shown["counts"]["sessions"], shown["counts"]["keys"]), (1, 1))
        changed = self.gateway.api.patch("/api/v1/tenants/described", {"displayName": "Other"})
        self.assertEqual((changed["displayName"], changed["metadata"]), ("Other", {"plan": "large"}))
        self.assertEqual(self.gateway.api.request("PATCH", "/api/v1/tenants/described", {"metadata": {"x": "y" * 20_000}}).status, 400)
        listed = [entry["tenant"] for entry in self.gateway.api.get("/api/v1/tenants")]
        self.assertEqual(listed, sorted(listed))
        page = self.gateway.api.get("/api/v1/tenants?limit=1&offset=1")
        self.assertEqual([entry["tenant"] for entry in page], listed[1:2])

    def test_an_administrator_acts_for_a_tenant_by_name(self):
        self.new_tenant("acted-for")
        session = self.new_session("acted-for")
        admin = self.gateway.api
        there = admin.request("GET", "/api/sessions?all=true", headers={"X-Tenant": "acted-for"})
        self.assertEqual([entry["name"] for entry in there.json()], [session.name])
        self.assertNotIn(session.name, [entry["name"] for entry in admin.get("/api/sessions?all=true")])
        unknown = admin.request("GET", "/api/sessions", headers={"X-Tenant": "never-was"})
        self.assertEqual(unknown.status, 404)
        foreign = session.api.request("GET", "/api/sessions", headers={"X-Tenant": "default"})
        self.assertEqual((foreign.status, foreign.body), (404, unknown.body))

    def test_a_suspended_tenant_stands_still_and_goes_on_later(self):
        self.new_tenant("paused")
        session, account = self.new_paired("paused")
        someone = self.sandbox.account()
        admin = self.gateway.api
        before = self.hooks.mark()
        self.assertEqual(admin.post("/api/v1/tenants/paused/suspend")["state"], "suspended")
        refused = session.api.request("GET", "/api/sessions")
        self.assertEqual((refused.status, refused.json()["reason"]), (403, "tenant_suspended"))
        there = {"X-Tenant": "paused"}
        shown = admin.request("GET", f"/api/sessions/{session.name}", headers=there).json()
        self.assertEqual(shown["status"], "STOPPED")
        self.assertEqual(admin.request("POST", f"/api/sessions/{session.name}/start", {}, headers=there).status, 403)
        self.gateway.kill()
        self.gateway.start()
        admin = self.gateway.api
        self.assertEqual(session.api.request("GET", "/api/sessions").status, 403)
        someone.send(account.digits, "while it was paused")
        self.assertEqual(session.statuses(since=before), [], "webhooks of a suspended tenant wait")
        admin.post("/api/v1/tenants/paused/resume")
        session.wait_message("while it was paused", seconds=40)
        self.assertEqual(session.statuses(since=before)[0], "STOPPED")
        self.assertEqual(session.status(), "WORKING")

    def test_a_deleted_tenant_leaves_nothing_and_its_name_is_free(self):
        key = self.new_tenant("leaving")
        session, account = self.new_paired("leaving")
        someone = self.sandbox.account()
        for number in range(5):
            someone.send(account.digits, f"message {number}")
        session.wait_message("message 4")
        session.api.post("/api/keys", {"isAdmin": True, "session": None})
        number = self.number_of("leaving")
        self.assertGreater(self.rows_of(number)["message"], 0)
        ended = []
        api = Api(self.gateway.base, key)
        polling = threading.Thread(target=lambda: ended.append(api.request("GET", "/api/v1/events?wait=50").status))
        polling.start()
        self.assertEqual(self.gateway.api.delete("/api/v1/tenants/leaving", expect=202)["state"], "deleting")
        self.assertEqual(api.request("GET", "/api/sessions").status, 401)
        polling.join(10)
        self.assertFalse(polling.is_alive(), "a stream outlived its tenant")
        self.gone("leaving")
        self.assertEqual({table: count for table, count in self.rows_of(number).items() if count}, {})
        wait_until(lambda: account.devices() == [], 20, "the phone to lose its companion")
        self.new_tenant("leaving")
        self.assertEqual(self.gateway.tenant("leaving").get("/api/sessions?all=true"), [])
        self.assertEqual(self.gateway.tenant("leaving").get("/api/v1/events?since=0")["events"], [])
        self.assertEqual(self.gateway.tenant("leaving").request("GET", f"/api/sessions/{session.name}").status, 404)
        self.assertEqual(api.request("GET", "/api/sessions").status, 401)
        self.assertNotEqual(self.number_of("leaving"), number)

    def test_a_deletion_goes_on_after_a_kill(self):
        self.new_tenant("killed")
        sessions = [self.new_session("killed") for _ in range(3)]
        number = self.number_of("killed")
        self.gateway.api.delete("/api/v1/tenants/killed", expect=202)
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(sessions[0].api.request("GET", "/api/sessions").status, 401)
        self.gone("killed")
        self.assertEqual({table: count for table, count in self.rows_of(number).items() if count}, {})

    def test_the_operators_tenant_stays(self):
        self.assertEqual(self.gateway.api.request("DELETE", "/api/v1/tenants/default").status, 422)
        self.assertEqual(self.gateway.api.request("DELETE", "/api/v1/tenants/never-was").status, 404)


class AdminListenerTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e"}

    @classmethod
    def environment(cls):
        return {"WAGATE_ADMIN_LISTEN": "127.0.0.1:0"}

    def test_what_administrators_do_is_on_their_listener_only(self):
        base = self.gateway.wait_json(lambda line: line.get("event") == "admin-listening", 10, "the administrators' listener")["http"]
        there, here, tenant = Api(base, self.gateway.api.key), self.gateway.api, self.gateway.tenant("acme")
        missing = here.request("GET", "/api/v1/nothing")
        for method, path, body in (("GET", "/api/v1/tenants", None), ("POST", "/api/v1/tenants", {"name": "x"}),
                                   ("GET", "/api/v1/tenants/acme", None), ("GET", "/api/server/environment", None), ("POST", "/api/server/stop", {})):
            answer = here.request(method, path, body)
            self.assertEqual((answer.status, answer.body), (404, missing.body.replace(b"GET /api/v1/nothing", f"{method} {path}".encode())))
        self.assertEqual(here.request("GET", "/api/sessions", headers={"X-Tenant": "acme"}).status, 404)
        self.assertEqual(here.get("/api/sessions"), [])
        self.assertEqual([entry["tenant"] for entry in there.get("/api/v1/tenants")], ["acme", "default"])
        self.assertEqual(there.request("GET", "/api/sessions", headers={"X-Tenant": "acme"}).status, 200)
        self.assertEqual(Api(base, tenant.key).request("GET", "/api/sessions").status, 401)
        self.assertEqual(there.request("GET", "/ping").status, 200)


if __name__ == "__main__":
    main()
