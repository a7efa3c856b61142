"""The gateway stopped, killed and started again: nothing is lost, nothing is asked for twice."""

import signal

from world import GatewayCase  # first: it knows where the harness is
from harness import Gateway, Sandbox, Session, main
from harness.gateway import bare_id


class RestartTest(GatewayCase):
    def restart(self, how: str) -> int:
        since = self.hooks.mark()
        code = self.gateway.stop() if how == "stop" else self.gateway.kill()
        self.assertEqual(code, 0 if how == "stop" else -signal.SIGKILL)
        self.gateway.start()
        return since

    def test_a_working_session_works_again_without_a_qr(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        for how in ("stop", "kill"):
            with self.subTest(how):
                since = self.restart(how)
                session.wait_status("WORKING", since=since)
                self.assertNotIn("SCAN_QR_CODE", session.statuses(since))
                self.assertEqual(session.info()["me"]["id"], account.chat_id)
                session.send(other.chat_id, f"after {how}")
                other.received(f"after {how}")
                other.send(account.digits, f"also after {how}")
                session.wait_message(f"also after {how}", since=since)

    def test_a_stopped_session_stays_stopped(self):
        session, _ = self.new_paired()
        session.do("stop")
        self.restart("stop")
        self.assertEqual(session.status(), "STOPPED")
        since = self.hooks.mark()
        session.do("start")
        session.wait_status("WORKING", since=since)

    def test_an_unpaired_session_shows_a_qr_again(self):
        session = self.new_session()
        session.wait_status("SCAN_QR_CODE")
        since = self.restart("kill")
        session.pair(self.sandbox.account(), since=since)

    def test_messages_sent_while_it_was_down_arrive(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        other.send(account.digits, "before")
        session.wait_message("before")
        since = self.hooks.mark()
        self.gateway.stop()
        for number in range(5):
            other.send(account.digits, f"while down {number}")
        self.gateway.start()
        session.wait_message("while down 4", since=since)
        bodies = [entry.payload["body"] for entry in self.hooks.deliveries("message", session.name, since)]
        self.assertEqual(bodies, [f"while down {number}" for number in range(5)])

    def test_kills_in_the_middle_of_a_conversation_lose_and_double_nothing(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        sent, answered = [], []
        for number in range(8):
            answered.append(f"in {number}")
            other.send(account.digits, answered[-1])
            sent.append(bare_id(session.send(other.chat_id, f"out {number}")))
            since = self.restart("kill")
            session.wait_status("WORKING", since=since)
        other.received("out 7")
        session.wait_message("in 7")
        arrived = [entry["id"] for entry in other.messages() if not entry["fromMe"]]
        self.assertEqual(sorted(arrived), sorted(sent), "each accepted text reaches the phone once")
        # A webhook may come twice around a kill, but always as the same event.
        events = {entry.json["id"]: entry.payload["body"] for entry in self.hooks.deliveries("message", session.name)}
        self.assertEqual(sorted(events.values()), sorted(answered))

    def test_the_messages_are_still_listed(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        sent = session.send(other.chat_id, "kept text")
        other.read(bare_id(other.received("kept text")["id"]))
        session.wait_ack(sent, 3)
        since = self.restart("kill")
        session.wait_status("WORKING", since=since)
        listed, = session.messages(other.chat_id, limit=10)
        self.assertEqual((bare_id(listed["id"]), listed["body"], listed["ack"]), (bare_id(sent), "kept text", 3))


class StartTest(GatewayCase):
    def test_a_gateway_without_a_key_makes_one_and_says_it_once(self):
        gateway = Gateway(self.sandbox, env={"WAHA_API_KEY": ""})
        self.addCleanup(gateway.clean)
        gateway.start()
        made = gateway.wait_json(lambda line: line.get("event") == "api-key", 5, "api-key line")["key"]
        self.assertEqual(gateway.api.request("GET", "/api/sessions", headers={"X-Api-Key": made}).status, 200)
        self.assertEqual(gateway.api.request("GET", "/api/sessions", headers={"X-Api-Key": ""}).status, 401)

    def test_a_webhook_from_the_environment_gets_events_of_all_sessions(self):
        key = "global-hmac"
        gateway = Gateway(self.sandbox, env={
            "WHATSAPP_HOOK_URL": self.hooks.url("global"), "WHATSAPP_HOOK_EVENTS": "session.status", "WHATSAPP_HOOK_HMAC_KEY": key})
        self.addCleanup(gateway.clean)
        gateway.start()
        gateway.api.post("/api/sessions", {"name": "from-env"}, expect=201)
        seen = self.hooks.wait("session.status", lambda entry: entry.payload["status"] == "SCAN_QR_CODE", session="from-env", path="global")
        self.assertTrue(seen.signed_with(key))

    def test_a_server_with_another_root_key_is_not_trusted(self):
        gateway = Gateway(self.sandbox, env={"WAGATE_WHATSAPP_ROOT_KEY": "77" * 32})
        self.addCleanup(gateway.clean)
        gateway.start()
        session = Session(gateway, self.hooks, "suspicious")
        session.create()
        session.wait_status("STARTING", reason="handshake_failed")
        self.assertNotIn("SCAN_QR_CODE", session.statuses())

    def test_a_second_gateway_on_the_same_data_is_refused(self):
        second = Gateway(self.sandbox)
        self.addCleanup(second.clean)
        second.env["WAGATE_DATA_DIR"] = self.gateway.data_dir
        second.spawn()
        self.assertNotEqual(second.process.wait(20), 0)
        self.assertTrue(self.gateway.alive())

    def test_a_session_works_over_tls(self):
        sandbox = Sandbox(tls=True)
        self.addCleanup(sandbox.stop)
        sandbox.start()
        gateway = Gateway(sandbox, tls=True)
        self.addCleanup(gateway.clean)
        gateway.start()
        account, other = sandbox.account(), sandbox.account()
        session = Session(gateway, self.hooks, "over-tls")
        session.create()
        session.pair(account, since=0)
        session.send(other.chat_id, "through TLS")
        other.received("through TLS")


if __name__ == "__main__":
    main()
