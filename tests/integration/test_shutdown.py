"""The gateway asked to stop while something hangs: it is gone within ten seconds, and nothing is lost."""

import socket
import signal
import threading
import time

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.gateway import bare_id
from harness.waiting import SCALE

LIMIT = 10 * SCALE  # what the gateway promises, stretched for sanitizers


class StopCase(GatewayCase):
    def setUp(self):
        if not self.gateway.alive():
            self.gateway.start()

    def stop_measured(self, code: int = 0) -> float:
        """SIGTERM; how long it took to be gone."""
        begin = time.monotonic()
        self.assertEqual(self.gateway.stop(2 * LIMIT), code)
        took = time.monotonic() - begin
        self.assertLess(took, LIMIT)
        return took

    def later(self, call):
        """Runs `call` in a thread; ask for its result when it is due."""
        box = {}
        def run():
            try:
                box["answer"] = call()
            except OSError as failure:
                box["answer"] = failure
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        def result(seconds: float = 20):
            thread.join(seconds * SCALE)
            self.assertIn("answer", box, "no answer")
            return box["answer"]
        return result

    def send_request(self, session, chat: str, text: str, **headers):
        return session.api.request("POST", "/api/sendText", {"session": session.name, "chatId": chat, "text": text},
                                   headers={name.replace("_", "-"): value for name, value in headers.items()})


class HangingPartsTest(StopCase):
    def test_a_webhook_receiver_that_never_answers_does_not_hold_it_up(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        self.hooks.hang(session.endpoint)
        self.addCleanup(self.hooks.recover, session.endpoint)
        texts = [f"undelivered {number}" for number in range(5)]
        for text in texts:
            other.send(account.digits, text)
        self.hooks.held.wait(lambda entry: entry.payload.get("body") == texts[0], 20, "a request that hangs")
        self.stop_measured()
        self.hooks.recover(session.endpoint)
        since = self.hooks.mark()
        self.gateway.start()
        for text in texts:
            session.wait_message(text, since=since)

    def test_a_server_that_is_silent_does_not_hold_it_up(self):
        session, account = self.new_paired()
        waiting = [self.new_session() for _ in range(40)]
        for one in waiting:
            one.wait_status("SCAN_QR_CODE", 60)
        other = self.sandbox.account()
        session.send(other.chat_id, "before")
        other.received("before")
        self.sandbox.signal(signal.SIGSTOP)
        try:
            answer = self.later(lambda: self.send_request(session, other.chat_id, "while silent", Idempotency_Key="silent-1"))
            wait_until(lambda: self.gateway.api.get(f"/api/sessions/{session.name}")["health"]["unfinishedSends"] > 0, 10,
                       "a send under way")
            self.stop_measured()
        finally:
            self.sandbox.signal(signal.SIGCONT)
        self.assertEqual(answer().status, 201, answer())
        since = self.hooks.mark()
        self.gateway.start()
        session.wait_status("WORKING", 40, since=since)
        # The same request has the same answer, and the message is there once.
        again = self.send_request(session, other.chat_id, "while silent", Idempotency_Key="silent-1")
        self.assertEqual((again.status, again.json()["id"]), (201, answer().json()["id"]))
        other.received("while silent")
        session.send(other.chat_id, "after")
        other.received("after")
        self.assertEqual([entry["id"] for entry in other.messages() if entry["text"] == "while silent"],
                         [bare_id(answer().json()["id"])])
        for one in waiting:
            one.remove()

    def test_clients_that_are_slow_do_not_hold_it_up(self):
        host, port = self.gateway.base.removeprefix("http://").split(":")
        connections = [socket.create_connection((host, int(port))) for _ in range(20)]
        for connection in connections:
            self.addCleanup(connection.close)
        for number, connection in enumerate(connections):
            if number % 4 == 0:
                connection.sendall(b"GET /api/sess")  # the header never ends
            elif number % 4 == 1:
                connection.sendall(b"POST /api/sendText HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: " + self.gateway.api.key.encode() +
                                   b"\r\nContent-Length: 100000\r\n\r\n{")  # nor the body
            elif number % 4 == 2:
                connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)  # answers that nobody reads
        self.assertEqual(self.gateway.api.request("GET", "/ping").status, 200)
        self.stop_measured()


class DrainTest(StopCase):
    """What is under way ends; what is new is sent away."""

    def busy(self):
        """A gateway with a send that waits for an acknowledgement which does not come."""
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.send(other.chat_id, "before")  # the number is known and there are sessions from here on
        other.received("before")
        wait_until(lambda: session.info()["health"]["unfinishedSends"] == 0, 10, "nothing under way")
        account.faults(halfOpen=True)
        answer = self.later(lambda: self.send_request(session, other.chat_id, "under way"))
        wait_until(lambda: session.info()["health"]["unfinishedSends"] > 0, 10, "a send under way")
        return session, account, other, answer

    def test_while_it_stops_it_says_so_and_answers_what_is_under_way(self):
        session, account, other, answer = self.busy()
        begin = time.monotonic()
        self.gateway.signal(signal.SIGTERM)
        wait_until(lambda: self.gateway.api.request("GET", "/readyz").status == 503, 5, "it says that it stops", interval=0.01)
        refused = self.send_request(session, other.chat_id, "too late")
        self.assertEqual(refused.status, 503, refused)
        self.assertTrue(refused.headers.get("Retry-After"), refused)
        self.assertEqual(self.gateway.api.request("GET", "/health").status, 503)
        self.assertEqual(self.gateway.api.request("GET", "/livez").status, 200)
        done = answer()
        self.assertEqual((done.status, done.json()["ack"]), (201, 0), done)
        self.assertEqual(self.gateway.process.wait(LIMIT), 0)
        self.assertLess(time.monotonic() - begin, LIMIT)
        self.gateway.stop()
        account.faults()
        since = self.hooks.mark()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        session.wait_ack(done.json()["id"], 1)
        session.send(other.chat_id, "after")
        other.received("after")
        texts = [entry["text"] for entry in other.messages()]
        self.assertEqual((texts.count("under way"), texts.count("too late")), (1, 0))

    def test_a_second_signal_ends_it_at_once(self):
        for how, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with self.subTest(how):
                if not self.gateway.alive():
                    self.gateway.start()
                self.busy()
                self.gateway.signal(signal.SIGTERM)
                wait_until(lambda: self.gateway.api.request("GET", "/health").status == 503, 5, "it stops")
                self.gateway.signal(how)
                self.assertEqual(self.gateway.process.wait(1 * SCALE), code)
                self.gateway.stop()


if __name__ == "__main__":
    main()
