"""The event log as applications read it: long poll, server-sent events and WebSocket, over restarts and kills."""

import base64

from world import GatewayCase  # first: it knows where the harness is
from harness import ServerSentEvents, WebSocketStream, main
from harness.gateway import ADMIN_KEY
from harness.streams import Refused


class EventsCase(GatewayCase):
    def poll(self, **query) -> dict:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return self.gateway.api.get(f"/api/v1/events?{text}")

    def log_of(self, session, events: str = "message") -> list[dict]:
        """The whole log of a session, page by page."""
        cursor, found = "0", []
        while True:
            page = self.poll(since=cursor, session=session.name, events=events, limit=7)
            found += page["events"]
            if page["cursor"] == cursor or not page["events"]:
                return found
            cursor = page["cursor"]

    def ids(self, events: list[dict]) -> list[str]:
        return [entry["id"] for entry in events]

    def bodies(self, events: list[dict]) -> list[str]:
        return [entry["payload"]["body"] for entry in events]


class LongPollTest(EventsCase):
    def test_the_log_is_read_in_order_from_its_beginning_and_from_any_cursor(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        texts = [f"text {number}" for number in range(20)]
        for text in texts:
            other.send(account.digits, text)
        session.wait_message(texts[-1])
        log = self.log_of(session)
        self.assertEqual(self.bodies(log), texts)
        self.assertEqual(self.ids(log), [entry.json["id"] for entry in self.hooks.deliveries("message", session.name)])
        rest = self.poll(since=log[11]["id"], session=session.name, events="message")
        self.assertEqual(self.bodies(rest["events"]), texts[12:])
        self.assertEqual(self.poll(since=rest["cursor"], session=session.name)["events"], [])

    def test_engine_events_are_for_those_who_name_them(self):
        session, account = self.new_paired(events=["message", "session.status", "engine.event"])
        self.sandbox.account().send(account.digits, "raw as well")
        session.wait_message("raw as well")
        told = self.hooks.wait("engine.event", lambda delivery: delivery.payload["data"].get("body") == "raw as well", 20, session.name).json
        self.assertEqual(told["payload"]["event"], "Message")
        self.assertIn(b"raw as well", base64.b64decode(told["payload"]["data"]["content"]))
        listed = self.log_of(session, "message,engine.event")
        both = [entry for entry in listed if entry["event"] == "message" or entry["id"] == told["id"]]
        self.assertEqual([entry["event"] for entry in both], ["message", "engine.event"])
        rest = self.poll(since=both[0]["id"], session=session.name, events="message,engine.event", limit=1)
        self.assertEqual(self.ids(rest["events"]), [told["id"]])
        self.assertNotIn("engine.event", {entry["event"] for entry in self.log_of(session, "*")})

    def test_it_waits_for_the_next_event(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        cursor = self.poll(session=session.name)["cursor"]
        other.send(account.digits, "at last")
        page = self.poll(since=cursor, session=session.name, events="message", wait=20)
        self.assertEqual(self.bodies(page["events"]), ["at last"])

    def test_a_cursor_that_was_never_given_out_is_refused(self):
        for cursor in ("999999999", "evt_00000000000000000000000000", "nonsense"):
            answer = self.gateway.api.request("GET", f"/api/v1/events?since={cursor}")
            self.assertEqual(answer.status, 400, answer)


class StreamOverKillTest(EventsCase):
    """What a stream shows before and after a kill, put together, is the log: nothing missing, nothing twice."""

    def check(self, open_stream):
        session, account = self.new_paired()
        other = self.sandbox.account()
        texts = [f"text {number}" for number in range(15)]
        stream = open_stream(session, None)
        seen: list[dict] = []
        for number, text in enumerate(texts):
            other.send(account.digits, text)
            if number % 5 != 2:
                continue
            # Some of it has been read when it dies, some not.
            stream.wait_message(texts[number - 1])
            self.gateway.kill()
            stream.wait_end()
            seen += stream.events()
            since = self.hooks.mark()
            self.gateway.start()
            stream = open_stream(session, seen[-1])
            session.wait_status("WORKING", since=since)
        stream.wait_message(texts[-1])
        stream.close()
        seen += stream.events()
        log = self.log_of(session)
        self.assertEqual(self.bodies(log), texts)
        self.assertEqual(self.ids(seen), self.ids(log))

    def test_websocket(self):
        def open_stream(session, last):
            more = {"since": last["id"]} if last else {}
            return WebSocketStream(self.gateway.base, ADMIN_KEY, session=session.name, events="message", **more)
        self.check(open_stream)

    def test_server_sent_events(self):
        def open_stream(session, last):
            return ServerSentEvents(self.gateway.base, ADMIN_KEY, last["cursor"] if last else None, session=session.name, events="message")
        self.check(open_stream)


class StreamTest(EventsCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    def test_a_stream_shows_what_its_filter_wants_and_nothing_of_another_tenant(self):
        mine, my_phone = self.new_paired("acme", "main")
        theirs, their_phone = self.new_paired("globex", "main")
        other = self.sandbox.account()
        stream = WebSocketStream(self.gateway.base, self.tenants["acme"], events="message")
        self.addCleanup(stream.close)
        other.send(their_phone.digits, "for globex")
        theirs.wait_message("for globex")
        other.send(my_phone.digits, "for acme")
        stream.wait_message("for acme")
        self.assertEqual(self.bodies(stream.events()), ["for acme"])

    def test_a_stream_without_a_key_is_refused(self):
        for key in ("", "no-such-key"):
            with self.assertRaises(Refused) as refused:
                WebSocketStream(self.gateway.base, key)
            self.assertEqual(refused.exception.status, 401)

    def test_streams_are_closed_when_the_gateway_stops(self):
        session, account = self.new_paired("acme", "closing")
        web_socket = WebSocketStream(self.gateway.base, self.tenants["acme"])
        events = ServerSentEvents(self.gateway.base, self.tenants["acme"])
        self.assertEqual(self.gateway.stop(10), 0)
        web_socket.wait_end()
        events.wait_end()
        self.assertEqual(web_socket.close_code, 1001)
        self.gateway.start()


if __name__ == "__main__":
    main()
