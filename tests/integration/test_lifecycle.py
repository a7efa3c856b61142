"""Sessions from their creation to their end, as a tenant's application and its webhooks see them."""

import base64

from world import GatewayCase  # first: it knows where the harness is
from harness import main

PNG = b"\x89PNG\r\n\x1a\n"


class PairingTest(GatewayCase):
    def test_a_new_session_shows_a_qr_as_image_as_json_and_as_text(self):
        session = self.new_session()
        session.wait_status("SCAN_QR_CODE", reason="waiting_for_scan")
        path = f"/api/{session.name}/auth/qr"
        image = self.gateway.api.request("GET", path)
        self.assertEqual((image.status, image.headers["Content-Type"]), (200, "image/png"))
        self.assertTrue(image.body.startswith(PNG))
        as_json = self.gateway.api.get(path, headers={"Accept": "application/json"})
        self.assertEqual(as_json["mimetype"], "image/png")
        self.assertTrue(base64.b64decode(as_json["data"], validate=True).startswith(PNG))
        self.assertIn(",", self.gateway.api.get(path + "?format=raw")["value"])

    def test_scanning_the_qr_leads_to_working(self):
        account = self.sandbox.account(pushName="Carol")
        session = self.new_session()
        session.pair(account, since=0)
        statuses = session.statuses()
        self.assertEqual(statuses[0], "STARTING")
        self.assertEqual(statuses[-1], "WORKING")
        self.assertIn("SCAN_QR_CODE", statuses)
        self.assertLess(statuses.index("SCAN_QR_CODE"), statuses.index("WORKING"))
        info = session.info()
        self.assertEqual(info["status"], "WORKING")
        self.assertEqual(info["me"]["id"], account.chat_id)
        self.assertTrue(account.is_me(info["me"]["lid"]), info)
        self.assertEqual(len(account.devices()), 1)

    def test_a_status_event_carries_the_last_three_statuses(self):
        session, _ = self.new_paired()
        payload = session.wait_status("WORKING").payload
        self.assertEqual(payload["name"], session.name)
        self.assertLessEqual(len(payload["statuses"]), 3)
        self.assertEqual(payload["statuses"][-1]["status"], "WORKING")
        times = [entry["timestamp"] for entry in payload["statuses"]]
        self.assertEqual(times, sorted(times))

    def test_a_code_typed_on_the_phone_pairs_too(self):
        account = self.sandbox.account()
        session = self.new_session()
        session.wait_status("SCAN_QR_CODE")
        code = session.api.post(f"/api/{session.name}/auth/request-code", {"phoneNumber": account.phone}, expect=201)["code"]
        self.assertRegex(code, "^[1-9A-HJ-NP-TV-Z]{4}-[1-9A-HJ-NP-TV-Z]{4}$")
        account.enter_code(code)
        session.wait_status("WORKING")
        self.assertEqual(session.info()["me"]["id"], account.chat_id)

    def test_a_code_for_something_that_is_no_phone_number_is_refused(self):
        session = self.new_session()
        session.wait_status("SCAN_QR_CODE")
        for wrong in ("", "abc", "12", None, 5):
            answer = session.api.request("POST", f"/api/{session.name}/auth/request-code", {"phoneNumber": wrong})
            self.assertIn(answer.status, (400, 422), answer)

    def test_a_forged_link_is_refused(self):
        for forged in ("hmac", "signature"):
            with self.subTest(forged):
                account = self.sandbox.account()
                session = self.new_session()
                answer = self.sandbox.api.request("POST", f"/control/accounts/{account.phone}/scan", {"qr": session.qr(), "tamper": forged})
                self.assertGreaterEqual(answer.status, 400, answer)
                self.assertEqual(account.devices(), [])
                self.assertNotIn("WORKING", session.statuses())
                since = self.hooks.mark()
                session.do("restart")
                session.wait_status("SCAN_QR_CODE", since=since)
                session.pair(account, since=since)

    def test_a_working_session_shows_no_qr_and_no_code(self):
        session, account = self.new_paired()
        for method, path, body in (("GET", "qr", None), ("POST", "request-code", {"phoneNumber": account.phone})):
            answer = session.api.request(method, f"/api/{session.name}/auth/{path}", body)
            self.assertEqual(answer.status, 422, answer)
        self.assertEqual(session.status(), "WORKING")

    def test_two_sessions_of_one_phone_are_two_companions(self):
        first, account = self.new_paired()
        second = self.new_session()
        second.pair(account, since=0)
        self.assertEqual(len(account.wait_connected(2) and account.devices()), 2)
        account_of_sender = self.sandbox.account()
        account_of_sender.send(account.digits, "for both")
        first.wait_message("for both")
        second.wait_message("for both")


class LifecycleTest(GatewayCase):
    def test_a_session_created_without_start_stays_stopped_until_started(self):
        session = self.new_session(start=False)
        self.assertEqual(session.status(), "STOPPED")
        self.assertEqual(self.hooks.deliveries("session.status", session.name), [])
        session.do("start")
        session.wait_status("SCAN_QR_CODE")

    def test_a_name_is_taken_only_once(self):
        session = self.new_session(start=False)
        answer = self.gateway.api.request("POST", "/api/sessions", {"name": session.name, "start": False})
        self.assertEqual(answer.status, 422, answer)
        self.assertIn("already exists", answer.body.decode())

    def test_stop_keeps_the_link_and_start_needs_no_qr(self):
        session, account = self.new_paired()
        since = self.hooks.mark()
        session.do("stop")
        session.wait_status("STOPPED", since=since)
        account.wait_connected(0)
        self.assertEqual(len(account.devices()), 1)
        session.do("start")
        session.wait_status("WORKING", since=since)
        self.assertNotIn("SCAN_QR_CODE", session.statuses(since))
        account.wait_connected(1)

    def test_start_and_stop_may_be_repeated(self):
        session, _ = self.new_paired()
        since = self.hooks.mark()
        session.do("start")
        self.assertEqual(session.status(), "WORKING")
        session.do("stop")
        session.do("stop")
        self.assertEqual(session.status(), "STOPPED")
        session.do("start")
        session.wait_status("WORKING", since=since)
        self.assertEqual(session.statuses(since), ["STOPPED", "STARTING", "WORKING"])

    def test_restart_reconnects_without_a_qr(self):
        session, account = self.new_paired()
        since = self.hooks.mark()
        session.do("restart")
        session.wait_status("WORKING", since=since)
        self.assertNotIn("SCAN_QR_CODE", session.statuses(since))
        self.assertEqual(len(account.devices()), 1)

    def test_logout_unlinks_the_device_and_asks_for_a_new_scan(self):
        session, account = self.new_paired()
        since = self.hooks.mark()
        session.do("logout")
        session.wait_status("SCAN_QR_CODE", since=since)
        self.assertEqual(account.devices(), [])
        self.assertIsNone(session.info()["me"])
        session.pair(account, since=since)
        self.assertEqual(session.info()["me"]["id"], account.chat_id)

    def test_a_deleted_session_is_gone_and_its_device_unlinked(self):
        session, account = self.new_paired()
        session.remove()
        self.assertEqual(account.devices(), [])
        self.assertEqual(self.gateway.api.request("GET", f"/api/sessions/{session.name}").status, 404)
        session.remove()
        self.new_session(name=session.name, start=False)

    def test_the_list_hides_stopped_sessions_unless_asked(self):
        running, stopped = self.new_session(), self.new_session(start=False)
        shown = [entry["name"] for entry in self.gateway.api.get("/api/sessions")]
        everything = [entry["name"] for entry in self.gateway.api.get("/api/sessions?all=true")]
        self.assertIn(running.name, shown)
        self.assertNotIn(stopped.name, shown)
        self.assertIn(stopped.name, everything)

    def test_me_is_null_before_pairing_and_the_account_after(self):
        session = self.new_session()
        self.assertIsNone(self.gateway.api.get(f"/api/sessions/{session.name}/me"))
        account = self.sandbox.account()
        session.pair(account, since=0)
        self.assertEqual(self.gateway.api.get(f"/api/sessions/{session.name}/me")["id"], account.chat_id)


class DisconnectTest(GatewayCase):
    def lose(self, account, session, **how) -> int:
        since = self.hooks.mark()
        account.disconnect(**how)
        return since

    def test_unlinking_on_the_phone_fails_the_session_and_says_so(self):
        session, account = self.new_paired()
        since = self.hooks.mark()
        account.unlink(account.devices()[0]["id"])
        session.wait_status("FAILED", since=since, reason="logged_out_by_phone")
        self.assertEqual(session.status(), "FAILED")
        session.do("restart")
        session.wait_status("SCAN_QR_CODE", since=since)
        session.pair(account, since=since)

    def test_a_lost_connection_is_made_again(self):
        session, account = self.new_paired()
        since = self.lose(account, session)
        session.wait_status("STARTING", since=since)
        session.wait_status("WORKING", since=since)
        self.assertNotIn("SCAN_QR_CODE", session.statuses(since))

    def test_stream_errors_of_a_restarting_server_are_survived(self):
        for code in ("503", "515"):
            with self.subTest(code):
                session, account = self.new_paired()
                since = self.lose(account, session, streamError=code)
                session.wait_status("WORKING", since=since)
                self.assertNotIn("FAILED", session.statuses(since))
                self.assertNotIn("SCAN_QR_CODE", session.statuses(since))

    def test_a_replaced_connection_is_not_fought_over(self):
        session, account = self.new_paired()
        since = self.lose(account, session, streamError="replaced")
        session.wait_status("FAILED", since=since, reason="replaced")
        account.wait_connected(0)
        session.do("restart")
        session.wait_status("WORKING", since=since)
        self.assertNotIn("SCAN_QR_CODE", session.statuses(since))

    def test_a_refused_login_fails_the_session_with_its_reason(self):
        for code, reason in (("401", "logged_out_by_phone"), ("402", "temporarily_banned"), ("403", "account_locked"), ("406", "banned")):
            with self.subTest(code):
                session, account = self.new_paired()
                since = self.lose(account, session, failure=code)
                session.wait_status("FAILED", since=since, reason=reason)
                account.wait_connected(0)

    def test_a_login_refused_by_an_overloaded_server_is_tried_again(self):
        session, account = self.new_paired()
        since = self.lose(account, session, failure="503")
        session.wait_status("WORKING", since=since)
        self.assertNotIn("FAILED", session.statuses(since))

    def test_messages_flow_again_after_a_lost_connection(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        other.send(account.digits, "before")
        session.wait_message("before")
        session.send(other.chat_id, "before too")
        other.received("before too")
        for number in range(3):
            since = self.lose(account, session)
            other.send(account.digits, f"after {number}")
            session.wait_message(f"after {number}", since=since)
            session.wait_status("WORKING", since=since)
            session.send(other.chat_id, f"answer {number}")
            other.received(f"answer {number}")


class SilenceTest(GatewayCase):
    def test_a_server_that_falls_silent_is_left_and_found_again(self):
        session, account = self.new_paired()
        since = self.hooks.mark()
        account.faults(halfOpen=True)
        session.wait_status("STARTING", seconds=90, since=since, reason="keepalive_timeout")
        account.faults()
        session.wait_status("WORKING", seconds=60, since=since)
        self.sandbox.account().send(account.digits, "after the silence")
        session.wait_message("after the silence", since=since)


if __name__ == "__main__":
    main()
