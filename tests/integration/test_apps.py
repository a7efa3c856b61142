"""Apps beside a session: calls that are rejected with an answer, and a help desk in both directions.

The help desk is a stand-in that records what Chatwoot's public and application APIs are asked for and answers as they do;
the real one is not part of these tests.
"""

import http.server
import json
import re
import threading
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.http import Api


class ChatwootStandIn:
    """Contacts and conversations of one API inbox, in memory."""

    def __init__(self):
        self.lock = threading.Lock()
        self.contacts: dict[str, dict] = {}
        self.conversations: dict[str, list[dict]] = {}
        self.incoming: list[dict] = []
        self.outgoing: list[dict] = []
        self.failures = 0
        stand_in = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body):
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def handle_one(self, method):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"{}") if length else {}
                with stand_in.lock:
                    self.answer(*stand_in.handle(method, urllib.parse.unquote(self.path), body, self.headers.get("api_access_token")))

            def do_GET(self):  # the name the base class calls
                self.handle_one("GET")

            def do_POST(self):  # the name the base class calls
                self.handle_one("POST")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def handle(self, method, path, body, token):
        if self.failures > 0:
            self.failures -= 1
            return 500, {"error": "not now"}
        base = "/public/api/v1/inboxes/inbox-identifier/contacts"
        if method == "POST" and path == base:
            source = body["source_id"]
            self.contacts.setdefault(source, body)
            return 200, {"source_id": source, "id": len(self.contacts), "name": body["name"]}
        if found := re.fullmatch(re.escape(base) + r"/([^/]+)/conversations", path):
            source = found[1]
            if source not in self.contacts:
                return 404, {}
            known = self.conversations.setdefault(source, [])
            if method == "GET":
                return 200, known
            known.append({"id": 100 + sum(len(entry) for entry in self.conversations.values()), "status": "open"})
            return 200, known[-1]
        if found := re.fullmatch(re.escape(base) + r"/([^/]+)/conversations/(\d+)/messages", path):
            self.incoming.append({"source": found[1], "conversation": int(found[2]), **body})
            return 200, {"id": 1000 + len(self.incoming)}
        if found := re.fullmatch(r"/api/v1/accounts/3/conversations/(\d+)/messages", path):
            if token != "account-token":
                return 401, {}
            self.outgoing.append({"conversation": int(found[1]), **body})
            return 200, {"id": 2000 + len(self.outgoing)}
        return 404, {}

    def told(self, text):
        with self.lock:
            return [entry for entry in self.incoming if entry["content"] == text]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class CallsAppTest(GatewayCase):
    def test_a_call_is_rejected_and_answered(self):
        session, account = self.new_paired()
        session.api.post("/api/apps", {"id": "calls-1", "session": session.name, "app": "calls", "config": {
            "dm": {"reject": True, "message": "Please write instead."}, "group": {"reject": False}}}, expect=201)
        caller = self.sandbox.account()
        call = caller.call(account.digits)
        caller.wait_call(call, "rejected")
        caller.received("Please write instead.")

    def test_an_app_that_is_off_does_nothing_until_it_is_on(self):
        session, account = self.new_paired()
        app = {"id": "calls-2", "session": session.name, "app": "calls", "enabled": False,
               "config": {"dm": {"reject": True}, "group": {"reject": True}}}
        session.api.post("/api/apps", app, expect=201)
        caller = self.sandbox.account()
        quiet = caller.call(account.digits)
        self.hooks.wait("call.received", lambda told: told.payload["id"] == quiet, 20, session.name)
        session.api.put("/api/apps/calls-2", {**app, "enabled": True}, expect=200)
        call = caller.call(account.digits)
        caller.wait_call(call, "rejected")
        self.assertEqual([entry.payload["id"] for entry in self.hooks.deliveries("call.rejected", session.name) if entry.payload["id"] == quiet], [])

    def test_apps_are_made_with_their_session_and_go_with_it(self):
        session = self.new_session(create=False)
        app = {"id": f"calls-{session.name}", "session": session.name, "app": "calls", "enabled": True,
               "config": {"dm": {"reject": True}, "group": {"reject": True}}}
        session.api.post("/api/sessions", {"name": session.name, "start": False, "apps": [app]}, expect=201)
        self.assertEqual(session.api.get(f"/api/sessions/{session.name}?expand=apps")["apps"], [app])
        self.assertNotIn("apps", session.info())
        session.api.put(f"/api/sessions/{session.name}", {"config": {}}, expect=200)
        self.assertEqual(session.api.get(f"/api/apps?session={session.name}"), [app])
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(session.api.get(f"/api/apps/{app['id']}"), app)
        session.api.put(f"/api/sessions/{session.name}", {"config": {}, "apps": []}, expect=200)
        self.assertEqual(session.api.get(f"/api/apps?session={session.name}"), [])
        session.api.post("/api/apps", app, expect=201)
        session.remove()
        self.assertEqual(session.api.request("GET", f"/api/apps/{app['id']}").status, 404)

    def test_bad_apps_are_refused(self):
        session = self.new_session()
        for app in ({"id": "a b", "app": "calls", "config": {}}, {"id": "x", "app": "other", "config": {}}, {"id": "x", "app": "calls"} | {"config": 1},
                    {"id": "short", "app": "chatwoot", "config": {}}, {"app": "calls", "config": {}},
                    {"id": "x", "app": "calls", "config": {"dm": {"reject": "no"}}}):
            self.assertEqual(session.api.request("POST", "/api/apps", {"session": session.name, **app}).status, 400, app)
        self.assertEqual(session.api.get(f"/api/apps?session={session.name}"), [])


class ChatwootAppTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    def new_desk(self, session) -> tuple[ChatwootStandIn, str]:
        desk = ChatwootStandIn()
        self.addCleanup(desk.close)
        secret = f"chatwoot-secret-of-{session.name}"
        session.api.post("/api/apps", {"id": secret, "session": session.name, "app": "chatwoot", "config": {
            "url": desk.url, "accountId": 3, "accountToken": "account-token", "inboxId": 1, "inboxIdentifier": "inbox-identifier",
            "locale": "en-US"}}, expect=201)
        return desk, secret

    def test_what_comes_in_reaches_the_desk_once_and_in_order(self):
        session, account = self.new_paired()
        desk, _ = self.new_desk(session)
        desk.failures = 2
        customer = self.sandbox.account(pushName="Ada")
        for number in range(5):
            customer.send(account.digits, f"question {number}")
        wait_until(lambda: desk.told("question 4"), 30, "the desk has all questions")
        self.assertEqual([entry["content"] for entry in desk.incoming], [f"question {number}" for number in range(5)])
        self.assertEqual({entry["source"] for entry in desk.incoming}, {customer.chat_id})
        self.assertEqual(len({entry["conversation"] for entry in desk.incoming}), 1)
        self.assertEqual(desk.contacts[customer.chat_id]["name"], "Ada")
        self.assertEqual(desk.contacts[customer.chat_id]["phone_number"], "+" + customer.digits)

    def test_what_was_not_told_is_told_after_a_stop(self):
        self.told_after(lambda: self.assertEqual(self.gateway.stop(), 0))

    def test_what_was_not_told_is_told_after_a_kill(self):
        self.told_after(self.gateway.kill)

    def told_after(self, end):
        session, account = self.new_paired()
        desk, _ = self.new_desk(session)
        customer = self.sandbox.account()
        customer.send(account.digits, "before")
        customer.send(account.digits, "then")
        wait_until(lambda: desk.told("then"), 30, "the desk has the first messages")
        desk.failures = 1000
        customer.send(account.digits, "meanwhile")
        session.wait_message("meanwhile")
        end()
        desk.failures = 0
        self.gateway.start()
        wait_until(lambda: desk.told("meanwhile"), 30, "the desk has the second message")
        self.assertEqual(len(desk.told("before")), 1)

    def test_what_is_written_on_the_phone_appears_as_the_desks_own(self):
        session, account = self.new_paired()
        desk, _ = self.new_desk(session)
        customer = self.sandbox.account()
        account.send(customer.digits, "by hand")
        wait_until(lambda: desk.outgoing, 30, "the desk has the own message")
        self.assertEqual(desk.outgoing[0]["content"], "by hand")
        self.assertEqual(desk.outgoing[0]["message_type"], "outgoing")

    def test_an_agents_answer_is_sent_once(self):
        session, _ = self.new_paired()
        desk, secret = self.new_desk(session)
        customer = self.sandbox.account()
        chatwoot = Api(self.gateway.base)
        told = {"event": "message_created", "id": 77, "message_type": "outgoing", "private": False, "content": "How can I help?",
                "conversation": {"id": 101, "contact_inbox": {"source_id": customer.chat_id}}}
        for _ in range(2):
            chatwoot.post(f"/webhooks/chatwoot/{session.name}/{secret}", told, expect=200)
        customer.received("How can I help?")
        for other in ({"private": True, "id": 78}, {"message_type": "incoming", "id": 79}, {"event": "conversation_created", "id": 80},
                      {"source_id": "wagate:3EB0", "id": 81}):
            chatwoot.post(f"/webhooks/chatwoot/{session.name}/{secret}", {**told, **other, "content": "not for them"}, expect=200)
        chatwoot.post(f"/webhooks/chatwoot/{session.name}/{secret}", {**told, "id": 82, "content": "the end"}, expect=200)
        customer.received("the end")
        texts = [entry["text"] for entry in customer.messages() if entry["text"]]
        self.assertEqual(texts.count("How can I help?"), 1)
        self.assertNotIn("not for them", texts)
        self.assertEqual(desk.outgoing, [])

    def test_two_tenants_may_give_the_same_names(self):
        sessions = {tenant: self.new_paired(tenant, "same-name")[0] for tenant in self.tenants}
        secrets = {self.new_desk(session)[1] for session in sessions.values()}
        self.assertEqual(len(secrets), 1)
        path = f"/webhooks/chatwoot/same-name/{secrets.pop()}"
        chatwoot = Api(self.gateway.base)
        missing = chatwoot.request("POST", "/webhooks/chatwoot/same-name/never-was", {})
        for way in (path, f"{path}?tenant=never-was", f"{path}?tenant="):
            answer = chatwoot.request("POST", way, {})
            self.assertEqual((answer.status, answer.body), (404, missing.body), way)
        for tenant, session in sessions.items():
            customer = self.sandbox.account()
            told = {"event": "message_created", "id": 90, "message_type": "outgoing", "private": False, "content": f"from {tenant}",
                    "conversation": {"id": 101, "contact_inbox": {"source_id": customer.chat_id}}}
            chatwoot.post(f"{path}?tenant={tenant}", told, expect=200)
            customer.received(f"from {tenant}")

    def test_only_the_secret_opens_the_way_back(self):
        session, _ = self.new_paired()
        _, secret = self.new_desk(session)
        chatwoot = Api(self.gateway.base)
        for path in (f"/webhooks/chatwoot/{session.name}/{secret}x", f"/webhooks/chatwoot/other/{secret}"):
            self.assertEqual(chatwoot.request("POST", path, {}).status, 404)


if __name__ == "__main__":
    main()
