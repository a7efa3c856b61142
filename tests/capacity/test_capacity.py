"""Many sessions of two tenants in one process: all work, all survive a kill, none sees another's events."""

import concurrent.futures
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness import Gateway, HarnessCase, Sandbox, Session, WebhookReceiver, main  # noqa: E402

SESSIONS = int(os.environ.get("WAGATE_CAPACITY_SESSIONS", "200"))
AT_ONCE = 16
PATIENCE = 120


class CapacityTest(HarnessCase):
    @classmethod
    def setUpClass(cls):
        cls.hooks = WebhookReceiver()
        cls.addClassCleanup(cls.hooks.close)
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()
        cls.gateway = Gateway(cls.sandbox, {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"})
        cls.addClassCleanup(cls.gateway.clean)
        cls.gateway.start()
        cls.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        cls.addClassCleanup(cls.pool.shutdown)
        accounts = [cls.sandbox.account() for _ in range(SESSIONS)]
        # Both tenants use the same names, so that a lookup which forgets the tenant cannot go unnoticed.
        cls.sessions = []
        for number, account in enumerate(accounts):
            tenant = ("acme", "globex")[number % 2]
            name = f"session-{number // 2}"
            cls.sessions.append((Session(cls.gateway, cls.hooks, name, tenant, endpoint=f"{tenant}/{name}"), account))

    def each(self, action):
        """Runs `action(number, session, account)` for all sessions, some at a time."""
        futures = [self.pool.submit(action, number, *pair) for number, pair in enumerate(self.sessions)]
        for future in futures:
            future.result()

    def everybody_writes_to_the_next(self, what: str):
        since = self.hooks.mark()

        def send(number, session, _account):
            session.send(self.sessions[(number + 1) % len(self.sessions)][1].chat_id, f"{what} from {number}")

        def receive(number, session, _account):
            session.wait_message(f"{what} from {(number - 1) % len(self.sessions)}", PATIENCE, since)

        self.each(send)
        self.each(receive)

    def test_all_sessions_work_survive_a_kill_and_stay_apart(self):
        def pair(_number, session, account):
            session.create()
            session.hooks.wait("session.status", lambda entry: entry.payload["status"] == "SCAN_QR_CODE", PATIENCE, session.name,
                               path=session.endpoint)
            account.scan(session.qr())
            session.wait_status("WORKING", PATIENCE)

        self.each(pair)
        self.everybody_writes_to_the_next("first")

        since = self.hooks.mark()
        self.gateway.kill()
        self.gateway.start()
        self.each(lambda _number, session, _account: session.wait_status("WORKING", PATIENCE, since))
        for session, _ in self.sessions:
            self.assertNotIn("SCAN_QR_CODE", session.statuses(since), f"{session.tenant}/{session.name} asks for a QR again")
        self.everybody_writes_to_the_next("second")

        self.check_that_every_event_reached_only_its_owner()

    def check_that_every_event_reached_only_its_owner(self):
        owners = {"/" + session.endpoint: (number, session, account) for number, (session, account) in enumerate(self.sessions)}
        deliveries = self.hooks.journal.entries()
        self.assertGreater(len(deliveries), 4 * len(self.sessions))
        for delivery in deliveries:
            number, session, account = owners[delivery.path]
            self.assertEqual(delivery.session, session.name)
            if delivery.json.get("me"):
                self.assertEqual(delivery.json["me"]["id"], account.chat_id, f"{delivery.path} got an event of another account")
            if delivery.event == "message":
                sender = (number - 1) % len(self.sessions)
                self.assertIn(delivery.payload["body"], (f"first from {sender}", f"second from {sender}"))
        for tenant in ("acme", "globex"):
            listed = {(entry["name"], entry["me"]["id"]) for entry in self.gateway.tenant(tenant).get("/api/sessions")}
            own = {(session.name, account.chat_id) for session, account in self.sessions if session.tenant == tenant}
            self.assertEqual(listed, own)


if __name__ == "__main__":
    main()
