"""API keys: scopes of a session's key, durable and in force at once; the operator's key in its forms."""

import hashlib
import time

from world import GatewayCase  # first: it knows where the harness is
from harness import Gateway, main
from harness.http import Api

OPERATOR = "an-operator-key-0123456789"


class KeysTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    def with_key(self, key: str) -> Api:
        return Api(self.gateway.base, key)

    def test_a_key_of_a_session_sends_there_and_nowhere_else(self):
        session, _ = self.new_paired("acme")
        other, _ = self.new_paired("acme")
        made = session.api.post("/api/keys", {"isAdmin": False, "session": session.name, "isActive": True, "actions": {"read": False}})
        mine = self.with_key(made["key"])
        someone = self.sandbox.account()
        sent = mine.post("/api/sendText", {"session": session.name, "chatId": someone.chat_id, "text": "with a narrow key"}, expect=201)
        self.assertTrue(sent["id"].startswith("true_"))
        someone.received("with a narrow key")
        self.assertEqual(mine.request("POST", "/api/sendText", {"session": other.name, "chatId": someone.chat_id, "text": "x"}).status, 403)
        self.assertEqual(mine.request("GET", f"/api/{session.name}/chats").status, 403)
        self.assertEqual(mine.request("DELETE", f"/api/sessions/{session.name}").status, 403)
        self.assertEqual([entry["name"] for entry in mine.get("/api/sessions?all=true")], [session.name])
        self.assertEqual(mine.request("GET", "/api/keys").status, 403)

    def test_events_of_a_session_key_are_those_of_its_session(self):
        session, _ = self.new_paired("acme")
        other, phone = self.new_paired("acme")
        made = session.api.post("/api/keys", {"isAdmin": False, "session": session.name, "isActive": True})
        self.sandbox.account().send(phone.digits, "not for everybody")
        other.wait_message("not for everybody")
        mine = self.with_key(made["key"])
        told = mine.get("/api/v1/events?since=0&limit=1000")["events"]
        self.assertTrue(told)
        self.assertEqual({event["session"] for event in told}, {session.name})
        self.assertEqual(mine.request("GET", f"/api/v1/events?since=0&session={other.name}").status, 400)

    def test_keys_outlive_a_kill_and_deleted_ones_stay_dead(self):
        admin = self.gateway.tenant("globex")
        lives = admin.post("/api/keys", {"isAdmin": True, "session": None, "isActive": True})
        dies = admin.post("/api/keys", {"isAdmin": True, "session": None, "isActive": True})
        rests = admin.post("/api/keys", {"isAdmin": True, "session": None, "isActive": True})
        ends = admin.post("/api/keys", {"isAdmin": True, "session": None, "isActive": True, "expiresAt": int(time.time() * 1000) + 1500})
        self.assertEqual(self.with_key(ends["key"]).request("GET", "/api/sessions").status, 200)
        admin.delete(f"/api/keys/{dies['id']}")
        admin.put(f"/api/keys/{rests['id']}", {"isAdmin": True, "session": None, "isActive": False})
        for key in (dies, rests):
            self.assertEqual(self.with_key(key["key"]).request("GET", "/api/sessions").status, 401)
        session = self.new_session("globex")
        media = admin.post("/api/keys/media", {"session": session.name}, expect=201)
        self.gateway.kill()
        self.gateway.start()
        admin = self.gateway.tenant("globex")
        self.assertEqual(self.with_key(lives["key"]).request("GET", "/api/sessions").status, 200)
        for key in (dies, rests):
            self.assertEqual(self.with_key(key["key"]).request("GET", "/api/sessions").status, 401)
        self.assertEqual(admin.post("/api/keys/media", {"session": session.name}, expect=201)["key"], media["key"])
        listed = {entry["id"]: entry for entry in admin.get("/api/keys")}
        self.assertNotIn(dies["id"], listed)
        self.assertFalse(listed[rests["id"]]["isActive"])
        self.assertTrue(all(entry["key"].startswith("…") for entry in listed.values()))
        time.sleep(max(0.0, ends["expiresAt"] / 1000 - time.time()) + 0.1)
        self.assertEqual(self.with_key(ends["key"]).request("GET", "/api/sessions").status, 401)


class OperatorKeyTest(GatewayCase):
    @classmethod
    def environment(cls):
        return {"WAHA_API_KEY": "sha512:" + hashlib.sha512(OPERATOR.encode()).hexdigest(),
                "WAHA_API_KEY_EXCLUDE_PATH": "ping,api/server/version"}

    def test_a_hashed_key_opens_the_server(self):
        self.assertEqual(Api(self.gateway.base, OPERATOR).request("GET", "/api/v1/tenants").status, 200)
        self.assertEqual(Api(self.gateway.base, OPERATOR + "x").request("GET", "/api/v1/tenants").status, 401)

    def test_excluded_paths_need_no_key(self):
        anybody = Api(self.gateway.base)
        self.assertEqual(anybody.get("/api/server/version")["engine"], "GOWS")
        self.assertEqual(anybody.request("GET", "/api/server/status").status, 401)

    def test_a_bad_hash_is_refused_at_start(self):
        broken = Gateway(self.sandbox, env={"WAHA_API_KEY": "sha512:abc"})
        self.addCleanup(broken.clean)
        broken.spawn()
        broken.process.wait(20)
        self.assertEqual(broken.process.returncode, 2)


if __name__ == "__main__":
    main()
