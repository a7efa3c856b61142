"""Tenants in one gateway never see, name or disturb each other (S1)."""

from world import GatewayCase  # first: it knows where the harness is
from harness import main


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


if __name__ == "__main__":
    main()
