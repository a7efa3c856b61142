"""Limits of tenants, sessions and keys: what is refused and how, what was used, and that none reaches another tenant."""

import pathlib
import sqlite3
import time

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.http import Api

LIMITS_OF_TENANTS = {"sessions", "webhook_endpoints", "storage_bytes", "messages_per_minute", "new_chats_per_day",
                     "requests_per_second", "requests_burst", "request_bytes_per_minute", "concurrent_requests"}


class LimitCase(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    def setUp(self):
        self.addCleanup(self.limit)

    def limit(self, tenant: str = "acme", **limits):
        return self.gateway.api.put(f"/api/v1/tenants/{tenant}/limits", limits)

    def usage(self, tenant: str = "acme") -> dict:
        return self.gateway.tenant(tenant).get("/api/v1/usage")

    def assert_limited(self, answer, limit: str, scope: str = "tenant", most: int | None = None):
        self.assertEqual(answer.status, 429, str(answer))
        body = answer.json()
        self.assertEqual((body["limit"], body["scope"], body["statusCode"], body["error"]), (limit, scope, 429, "Too Many Requests"))
        if most is not None:
            self.assertEqual(body["max"], most)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertTrue(answer.headers["RateLimit-Policy"].startswith(f'"{limit}";q={body["max"]}'), answer.headers["RateLimit-Policy"])
        self.assertTrue(answer.headers["RateLimit"].startswith(f'"{limit}";r=0;t='), answer.headers["RateLimit"])


class TenantLimitTest(LimitCase):
    def test_requests_per_second(self):
        self.limit(requests_per_second=1, requests_burst=3)
        api = self.gateway.tenant("acme")
        answers = [api.request("GET", "/api/sessions") for _ in range(6)]
        self.assertEqual([answer.status for answer in answers[:3]], [200] * 3)
        self.assert_limited(answers[-1], "requests_per_second", most=1)
        # Others are not touched, nor is what anybody may ask, nor the administrator.
        self.assertEqual(self.gateway.tenant("globex").request("GET", "/api/sessions").status, 200)
        self.assertEqual(api.request("GET", "/ping").status, 200)
        self.assertEqual(self.gateway.api.request("GET", "/api/v1/tenants/acme/usage").status, 200)
        used = self.gateway.api.get("/api/v1/tenants/acme/usage")
        self.assertGreaterEqual(used["counters"]["requestsRefused"], 1)
        self.assertEqual(used["limits"]["requests_per_second"]["limit"], 1)

    def test_request_bytes(self):
        self.limit(request_bytes_per_minute=2_000)
        api = self.gateway.tenant("acme")
        body = {"session": "nobody", "chatId": "491510000001@c.us", "text": "x" * 3_000}
        self.assertEqual(api.request("POST", "/api/sendText", body).status, 422)
        self.assert_limited(api.request("POST", "/api/sendText", body), "request_bytes_per_minute", most=2_000)
        self.assertEqual(api.request("GET", "/api/sessions").status, 200)

    def test_sessions_and_endpoints(self):
        before = self.usage()["limits"]
        held, hooks = before["sessions"]["used"], before["webhook_endpoints"]["used"]
        self.limit(sessions=held + 1, webhook_endpoints=hooks + 2)
        api = self.gateway.tenant("acme")
        hook = {"url": self.hooks.url("limits"), "events": ["*"]}
        refused = api.request("POST", "/api/sessions", {"name": "too-many-hooks", "start": False, "config": {"webhooks": [hook] * 3}})
        self.assert_limited(refused, "webhook_endpoints", most=hooks + 2)
        self.assertEqual(api.request("GET", "/api/sessions/too-many-hooks").status, 404)
        api.post("/api/sessions", {"name": "fits", "start": False, "config": {"webhooks": [hook]}}, expect=201)
        self.addCleanup(api.delete, "/api/sessions/fits")
        self.assert_limited(api.request("POST", "/api/sessions", {"name": "one-more", "start": False}), "sessions", most=held + 1)
        self.assertEqual(api.request("GET", "/api/sessions/one-more").status, 404)
        # A change that is refused changes nothing.
        before = api.get("/api/sessions/fits")["config"]
        answer = api.request("PUT", "/api/sessions/fits", {"config": {"webhooks": [hook] * 3}})
        self.assert_limited(answer, "webhook_endpoints", most=hooks + 2)
        self.assertEqual(api.get("/api/sessions/fits")["config"], before)
        api.put("/api/sessions/fits", {"config": {"webhooks": [hook] * 2}})
        used = self.usage()["limits"]
        self.assertEqual((used["sessions"]["used"], used["webhook_endpoints"]["used"]), (held + 1, hooks + 2))
        # Another tenant has its own.
        other = self.gateway.tenant("globex")
        other.post("/api/sessions", {"name": "theirs", "start": False}, expect=201)
        other.delete("/api/sessions/theirs")

    def test_messages_per_minute(self):
        session, _ = self.new_paired("acme")
        friend = self.sandbox.account()
        self.limit(messages_per_minute=2)
        for text in ("one", "two"):
            session.send(friend.chat_id, text)
        request = {"session": session.name, "chatId": friend.chat_id, "text": "three"}
        self.assert_limited(session.api.request("POST", "/api/sendText", request), "messages_per_minute", most=2)
        self.assertNotIn("three", [message["body"] for message in session.messages(friend.chat_id)])
        self.limit()
        session.send(friend.chat_id, "four")
        friend.received("four")

    def test_a_repeat_of_a_send_is_no_message(self):
        session, _ = self.new_paired("acme")
        friend = self.sandbox.account()
        self.limit(messages_per_minute=1)
        request = {"session": session.name, "chatId": friend.chat_id, "text": "once"}
        headers = {"Idempotency-Key": "limit-1"}
        first = session.api.request("POST", "/api/sendText", request, headers=headers)
        again = session.api.request("POST", "/api/sendText", request, headers=headers)
        self.assertEqual((first.status, again.status), (201, 201))
        self.assertEqual(first.json()["id"], again.json()["id"])

    def test_storage(self):
        session, account = self.new_paired("acme")
        friend = self.sandbox.account()
        session.send(friend.chat_id, "fits")
        used = self.usage()["limits"]["storage_bytes"]["used"]
        self.assertGreater(used, 0)
        self.limit(storage_bytes=1)
        answer = session.api.request("POST", "/api/sendText", {"session": session.name, "chatId": friend.chat_id, "text": "does not"})
        self.assert_limited(answer, "storage_bytes", most=1)
        # What comes in is never refused.
        friend.send(account.digits, "comes in")
        session.wait_message("comes in")

    def test_what_may_be_set(self):
        api = self.gateway.api
        answer = self.limit(sessions=3, messages_per_minute=None, storage_bytes=0)
        self.assertEqual(set(answer["limits"]), LIMITS_OF_TENANTS)
        self.assertEqual((answer["limits"]["sessions"], answer["inForce"]["sessions"]), (3, 3))
        self.assertEqual((answer["limits"]["storage_bytes"], answer["inForce"]["storage_bytes"]), (0, None))
        self.assertEqual(api.get("/api/v1/tenants/acme/limits"), answer)
        for wrong in ({"sesions": 1}, {"sessions": -1}, {"sessions": 1.5}, {"sessions": "3"}, {"sessions": 2 ** 60}, []):
            self.assertEqual(api.request("PUT", "/api/v1/tenants/acme/limits", wrong).status, 400, wrong)
        self.assertEqual(api.get("/api/v1/tenants/acme/limits"), answer)
        self.assertEqual(api.request("GET", "/api/v1/tenants/nobody/limits").status, 404)
        # Tenants see what they use and set nothing.
        own = self.gateway.tenant("acme")
        self.assertEqual(own.request("PUT", "/api/v1/tenants/acme/limits", {}).status, 403)
        self.assertEqual(own.request("GET", "/api/v1/tenants/globex/usage").status, 403)
        self.assertEqual(set(own.get("/api/v1/usage")["limits"]), LIMITS_OF_TENANTS - {"requests_burst"})


class PartLimitTest(LimitCase):
    def test_of_a_session(self):
        limited, _ = self.new_paired("acme")
        free, _ = self.new_paired("acme")
        friend = self.sandbox.account()
        path = f"/api/v1/sessions/{limited.name}/limits"
        answer = limited.api.put(path, {"messages_per_minute": 1})
        self.assertEqual(answer["inForce"]["messages_per_minute"], 1)
        limited.send(friend.chat_id, "one")
        request = {"session": limited.name, "chatId": friend.chat_id, "text": "two"}
        self.assert_limited(limited.api.request("POST", "/api/sendText", request), "messages_per_minute", "session", 1)
        free.send(friend.chat_id, "from another session")
        used = limited.api.get(f"/api/v1/sessions/{limited.name}/usage")
        self.assertEqual((used["session"], used["counters"]["messages"]), (limited.name, 1))
        self.assertEqual(limited.api.request("PUT", path, {"sessions": 1}).status, 400)
        self.assertEqual(self.gateway.tenant("globex").request("GET", path).status, 404)

    def test_of_a_key(self):
        own = self.gateway.tenant("acme")
        made = own.post("/api/keys", {"isAdmin": False, "session": "some", "isActive": True}, expect=201)
        key = Api(self.gateway.base, made["key"])
        path = f"/api/v1/keys/{made['id']}/limits"
        own.put(path, {"requests_per_second": 1, "requests_burst": 1})
        self.assertEqual(key.request("GET", "/api/server/version").status, 200)
        self.assert_limited(key.request("GET", "/api/server/version"), "requests_per_second", "key", 1)
        self.assertEqual(own.request("GET", "/api/server/version").status, 200)
        # The key does not lift its own limits.
        self.assertEqual(key.request("PUT", path, {}).status, 403)
        self.assertEqual(own.get(path)["limits"]["requests_per_second"], 1)
        self.assertEqual(self.gateway.tenant("globex").request("GET", path).status, 404)
        self.assertEqual(own.request("PUT", "/api/v1/keys/key_id_none/limits", {}).status, 404)

    def test_messages_of_a_key(self):
        session, _ = self.new_paired("acme")
        friend = self.sandbox.account()
        made = session.api.post("/api/v1/keys", {"name": "shop"}, expect=201)
        key = Api(self.gateway.base, made["key"])
        path = f"/api/v1/keys/{made['id']}"
        session.api.put(path + "/limits", {"messages_per_minute": 2})
        for request in ({"text": "one"}, {"text": "two"}):
            key.post("/api/sendText", {"session": session.name, "chatId": friend.chat_id, **request}, expect=201)
        more = {"session": session.name, "chatId": friend.chat_id}
        self.assert_limited(key.request("POST", "/api/sendText", {**more, "text": "three"}), "messages_per_minute", "key", 2)
        self.assert_limited(key.request("POST", "/api/sendLocation", {**more, "latitude": 1.5, "longitude": 2.5, "title": ""}), "messages_per_minute", "key", 2)
        session.send(friend.chat_id, "with another key")
        self.assertEqual(session.api.get(path + "/usage")["counters"]["messages"], 2)

    def test_limits_go_with_their_key(self):
        own = self.gateway.tenant("acme")
        session, _ = self.new_paired("acme")
        # A key whose id is the same when it is made again.
        made = own.post("/api/keys/media", {"session": session.name}, expect=201)
        path = f"/api/v1/keys/{made['id']}/limits"
        own.put(path, {"requests_per_second": 7})
        own.request("DELETE", f"/api/v1/keys/{made['id']}")
        self.assertEqual(own.request("GET", path).status, 404)
        self.assertEqual(own.post("/api/keys/media", {"session": session.name}, expect=201)["id"], made["id"])
        self.assertIsNone(own.get(path)["limits"]["requests_per_second"])


class LastingLimitTest(LimitCase):
    @classmethod
    def environment(cls):
        return {"WAGATE_LIMIT_NEW_CHATS_PER_DAY": "2"}

    def test_the_operators_default_and_a_restart(self):
        if time.time() % 86_400 > 86_400 - 120:
            self.skipTest("the day ends too soon: its new chats would be counted anew")
        session, account = self.new_paired("acme")
        known = self.sandbox.account()
        known.send(account.digits, "I wrote first")
        session.wait_message("I wrote first")
        friends = [self.sandbox.account() for _ in range(4)]
        for friend in friends[:2]:
            session.send(friend.chat_id, "hello")
        request = {"session": session.name, "chatId": friends[2].chat_id, "text": "too many"}
        self.assert_limited(session.api.request("POST", "/api/sendText", request), "new_chats_per_day", most=2)
        session.send(friends[0].chat_id, "again")
        session.send(known.chat_id, "an answer")
        used = self.usage()["limits"]["new_chats_per_day"]
        self.assertEqual((used["used"], used["limit"]), (2, 2))
        self.assertGreater(used["resetsAt"], time.time() * 1000)
        messages = self.usage()["counters"]["messages"]
        self.limit("globex", sessions=7)
        session.api.put(f"/api/v1/sessions/{session.name}/limits", {"messages_per_minute": 50})

        since = self.hooks.mark()
        self.gateway.stop()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        self.assert_limited(session.api.request("POST", "/api/sendText", request), "new_chats_per_day", most=2)
        self.assertEqual(self.usage()["counters"]["messages"], messages)
        self.assertEqual(self.gateway.api.get("/api/v1/tenants/globex/limits")["limits"]["sessions"], 7)
        self.assertEqual(session.api.get(f"/api/v1/sessions/{session.name}/limits")["limits"]["messages_per_minute"], 50)
        self.limit(new_chats_per_day=0)
        session.send(friends[2].chat_id, "now it goes")

    def test_a_kill_forgets_no_more_than_a_second(self):
        session, _ = self.new_paired("globex")
        friend = self.sandbox.account()
        session.send(friend.chat_id, "counted")
        used = self.usage("globex")["counters"]["messages"]
        wait_until(lambda: self.written("globex", "messages") == used, 10, "the count in the database")
        since = self.hooks.mark()
        self.gateway.kill()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        self.assertEqual(self.usage("globex")["counters"]["messages"], used)

    def written(self, tenant: str, name: str) -> int:
        file = pathlib.Path(self.gateway.data_dir) / "wagate.db"
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            row = database.execute("SELECT used FROM limit_use JOIN tenant USING (tenant) WHERE tenant.id = ? AND scope = 1 AND name = ?",
                                   (tenant, name)).fetchone()
            return row[0] if row else -1
        finally:
            database.close()


class SendingPolicyTest(GatewayCase):
    def test_what_waits_is_accepted_shown_and_sent_in_order_also_after_a_restart(self):
        session, _ = self.new_paired()
        friend = self.sandbox.account()
        session.api.put(f"/api/sessions/{session.name}", {"config": {"webhooks": [{"url": self.hooks.url(session.endpoint), "events": ["*"]}],
                                                                     "sending": {"minGapMs": 25_000}}})
        wait_until(lambda: session.status() == "WORKING", 20, "WORKING again")
        session.send(friend.chat_id, "first")
        friend.received("first")
        answer = session.api.request("POST", "/api/sendText", {"session": session.name, "chatId": friend.chat_id, "text": "second"})
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.json()["ackName"], "PENDING")
        waiting = session.api.get(f"/api/v1/{session.name}/outbox")
        self.assertEqual([(one["waitsFor"], one["chatId"]) for one in waiting], [("gap", friend.chat_id)])
        self.assertGreater(waiting[0]["until"], time.time() * 1000)
        state = session.info()["sending"]
        self.assertEqual((state["waiting"], state["waitsFor"], state["messagesToday"]), (1, "gap", 1))
        since = self.hooks.mark()
        self.gateway.kill()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        self.assertEqual([one["waitsFor"] for one in session.api.get(f"/api/v1/{session.name}/outbox")], ["gap"])
        friend.received("second", 30)
        self.assertEqual(session.api.get(f"/api/v1/{session.name}/outbox"), [])

    def test_what_may_be_configured(self):
        api = self.gateway.api
        good = {"minGapMs": 1_000, "jitterMs": 500, "messagesPerMinute": 20, "newChatsPerDay": 5, "utcOffset": "-03:30", "pauseInTimeLock": False,
                "warmUp": {"firstDay": 10, "growth": 2, "days": 7}, "quietHours": {"from": "22:00", "until": "07:30"}}
        api.post("/api/sessions", {"name": "configured", "start": False, "config": {"sending": good}}, expect=201)
        self.addCleanup(api.delete, "/api/sessions/configured")
        told = api.get("/api/sessions/configured")
        self.assertEqual(told["config"]["sending"], good)
        self.assertEqual(told["sending"]["waitsFor"], None)
        for wrong in ({"minGapMs": -1}, {"messagesPerMinute": 121}, {"warmUp": {}}, {"warmUp": {"firstDay": 0}}, {"quietHours": {"from": "22:00"}},
                      {"quietHours": {"from": "25:00", "until": "07:00"}}, {"utcOffset": "Berlin"}, {"utcOffset": "+15:00"}, {"pauseInTimeLock": "no"}):
            answer = api.request("PUT", "/api/sessions/configured", {"config": {"sending": wrong}})
            self.assertEqual(answer.status, 400, wrong)
        self.assertEqual(api.get("/api/sessions/configured")["config"]["sending"], good)


if __name__ == "__main__":
    main()
