"""What a hostile server, phone or stranger may send to one session: it stays or goes with a reason, and nobody else notices."""

import os
import random
import re
import zlib

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness import wire

GROUP = "120363000000000099@g.us"
SEED = 20260701


def node(tag: str, attrs: dict | None = None, content=None) -> dict:
    made = {"tag": tag, "attrs": attrs or {}}
    if isinstance(content, bytes):
        made["content"] = {"base64": wire.b64(content)}
    elif content is not None:
        made["content"] = content
    return made


class HostileCase(GatewayCase):
    tenants = {"victim": "victim-key-1b2c3d4e5f", "witness": "witness-key-5f6a7b8c9d"}
    memory_mib = 160  # what all of it together may take at its highest

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.process = cls.gateway.pid

    def setUp(self):
        self.witness, self.witness_account = self.new_paired(tenant="witness")
        self.stranger = self.sandbox.account()
        self.numbers = iter(range(1, 10_000))
        self.next_victim()
        self.start_peak = self.peak()

    def next_victim(self):
        """A session that has lost no connection yet: after several it waits longer before the next one."""
        self.session, self.account = self.new_paired(tenant="victim")
        # Both sides know each other, so that what comes below is read and not waited for.
        self.stranger.send(self.account.digits, "good morning")
        self.session.wait_message("good morning")

    def peak(self) -> int:
        with open(f"/proc/{self.gateway.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) * 1024

    def others_are_fine(self):
        """The process is the same, has not taken much memory, and the other tenant's session has not even reconnected."""
        self.assertEqual(self.gateway.pid, self.process)
        self.assertTrue(self.gateway.alive())
        number = next(self.numbers)
        self.witness.send(self.stranger.chat_id, f"witness {number}")
        self.stranger.received(f"witness {number}")
        self.stranger.send(self.witness_account.digits, f"to the witness {number}")
        self.witness.wait_message(f"to the witness {number}")
        self.assertEqual(self.witness.statuses()[-1], "WORKING")
        self.assertEqual(self.witness.statuses().count("WORKING"), 1)
        self.assertLess(self.peak() - self.start_peak, self.memory_mib << 20)

    def goes_on(self, what: str):
        """The session reads what comes after it, perhaps on another connection, and nothing of it is sent again for ever."""
        with self.subTest(what):
            mark = f"after {what} {next(self.numbers)}"
            self.stranger.send(self.account.digits, mark)
            self.session.wait_message(mark, 40)
            wait_until(lambda: all(device["queued"] == 0 for device in self.account.devices()), 20, f"{what}: everything is confirmed", self.account.devices)
            for delivery in self.hooks.deliveries("session.status", self.session.name):
                self.assertNotIn(delivery.payload["reason"], ("none", "internal_error", "storage_error"), delivery)


class HostileStanzasTest(HostileCase):
    """From the server, well encoded."""

    def test_stanzas_without_sense_are_ignored_or_refused(self):
        stranger, self_jid = self.stranger.lid_jid, self.account.lid_jid
        many = [node("item", {"id": f"X{number}"}) for number in range(20_000)]
        for what, stanza in {
            "message of nobody": node("message"),
            "message without id": node("message", {"from": stranger, "type": "text"}, [node("enc", {"v": "2", "type": "msg"}, b"3")]),
            "message from no address": node("message", {"from": "@@@", "id": "H1", "type": "text"}),
            "message of an unknown server": node("message", {"from": "1@elsewhere", "id": "H2", "type": "text", "t": "x"}),
            "receipt for very many": node("receipt", {"from": stranger, "id": "H3", "type": "read"}, [node("list", {}, many)]),
            "receipt of nobody": node("receipt", {"id": ""}),
            "answer to no question": node("iq", {"type": "result", "id": "no such question", "from": "s.whatsapp.net"}),
            "error to no question": node("iq", {"type": "error", "id": "none"}, [node("error", {"code": "abc"})]),
            "unknown question": node("iq", {"type": "get", "id": "q1", "xmlns": "what:is:this", "from": "s.whatsapp.net"}),
            "question without a name": node("iq", {"type": "get"}),
            "a second pairing": node("iq", {"type": "set", "id": "q2", "from": "s.whatsapp.net"}, [node("pair-success", {}, [node("device-identity", {}, b"\x0a\x01x")])]),
            "a new pairing offer": node("iq", {"type": "set", "id": "q3", "from": "s.whatsapp.net"}, [node("pair-device", {}, [node("ref", {}, b"2@x")])]),
            "a second success": node("success", {"t": "never", "lid": "@"}),
            "dirty bits": node("ib", {}, [node("dirty", {"type": "no_such", "timestamp": "-5"}), node("offline", {"count": "-1"}), node("edge_routing")]),
            "ack of nothing": node("ack", {"class": "message", "id": "nothing", "error": "999999999999999999999"}),
            "call without content": node("call", {"from": stranger, "id": "C1"}),
            "call without end": node("call", {"from": stranger, "id": "C2"}, [node("terminate", {"call-id": "never"})]),
            "presence of oneself": node("presence", {"from": self_jid, "type": "unavailable", "last": "99999999999999999999"}),
            "typing of nobody": node("chatstate", {}, [node("composing", {"media": "smell"})]),
            "unknown stanza": node("made-up", {"from": stranger}, [node("x")]),
            "empty tag": node(""),
        }.items():
            self.account.hostile(stanza=stanza)
            self.goes_on(what)
        self.others_are_fine()

    def test_notifications_of_every_type_without_their_content_are_acknowledged(self):
        for number, kind in enumerate(("account_sync", "contacts", "devices", "disappearing_mode", "encrypt", "mediaretry", "mex", "newsletter", "picture", "privacy_token",
                                       "psa", "registration", "server_sync", "status", "w:gp2", "business", "link_code_companion_reg", "", "no such type")):
            for variant, content in enumerate((None, b"\xFF" * 300, [node("update"), node("set"), node("add"), node("remove"), node("create")])):
                attrs = {"from": GROUP if kind == "w:gp2" else self.stranger.lid_jid, "type": kind, "id": f"N{number}-{variant}", "t": "99999999999999"}
                self.account.hostile(stanza=node("notification", attrs, content), keep="notification")
        self.goes_on("notifications")
        self.others_are_fine()

    def test_receipts_of_every_type_are_acknowledged(self):
        for number, kind in enumerate(("", "read", "played", "retry", "sender", "inactive", "peer_msg", "hist_sync", "server-error", "read-self", "no such type")):
            for variant, content in enumerate((None, b"\xFF" * 300, [node("retry", {"count": "99999"}), node("list", {}, [node("item")]), node("registration", {}, b"")])):
                attrs = {"from": self.stranger.lid_jid, "id": f"R{number}-{variant}", "t": "x", **({"type": kind} if kind else {})}
                self.account.hostile(stanza=node("receipt", attrs, content), keep="receipt")
        self.goes_on("receipts")
        self.others_are_fine()

    def test_what_cannot_be_opened_is_asked_for_again_a_few_times_and_then_let_go(self):
        for what, content in {
            "no content": None,
            "an unknown cipher": [node("enc", {"v": "2", "type": "rot13"}, b"uryyb")],
            "an empty cipher": [node("enc", {"v": "2", "type": "msg"}, b"")],
            "noise as the first message": [node("enc", {"v": "2", "type": "pkmsg"}, random.Random(SEED).randbytes(200))],
            "noise as a group message": [node("enc", {"v": "2", "type": "skmsg"}, b"3" + b"\xFF" * 100)],
            "five megabytes": [node("enc", {"v": "2", "type": "msg"}, os.urandom(5 << 20))],
            "two thousand ciphers": [node("enc", {"v": "2", "type": "msg"}, b"3\x0a")] * 2_000,
        }.items():
            attrs = {"from": self.stranger.lid_jid, "id": f"M{next(self.numbers)}", "type": "text", "t": "1790000000", "notify": "x" * 200}
            self.account.hostile(stanza=node("message", attrs, content), keep="message")
            self.goes_on(what)
        self.others_are_fine()

    def test_the_same_again_and_again_is_work_once(self):
        message = node("message", {"from": self.stranger.lid_jid, "id": "LOOP", "type": "text", "t": "1790000000"},
                       [node("enc", {"v": "2", "type": "msg"}, b"3" + b"\x01" * 80)])
        self.account.hostile(stanza=message, keep="message", times=300)
        sync = node("notification", {"from": self.account.pn_jid, "type": "server_sync", "id": "S1", "t": "1"},
                    [node("collection", {"name": "regular", "version": "99999999"}), node("collection", {"name": "no_such", "version": "-1"})])
        self.account.hostile(stanza=sync, keep="notification", times=300)
        devices = node("notification", {"from": self.stranger.lid_jid, "type": "devices", "id": "D1", "t": "1"}, [node("update", {"hash": "abcd"})])
        self.account.hostile(stanza=devices, keep="notification", times=300)
        self.goes_on("loops")
        self.others_are_fine()

    def test_orders_to_go_are_followed_with_a_reason(self):
        since = self.hooks.mark()
        self.account.hostile(stanza=node("stream:error", {"code": "no number"}, [node("made-up")]))
        self.goes_on("an unknown stream error")
        self.account.hostile(stanza=node("failure", {"reason": "401", "location": "x" * 250}))
        failed = self.session.wait_status("FAILED", since=since)
        self.assertNotIn(failed.payload["reason"], ("none", "internal_error"))
        self.others_are_fine()


class HostileBytesTest(HostileCase):
    """Where a stanza should be, or past the encryption."""

    def test_what_is_no_stanza_is_dropped(self):
        deep = 20_000
        noise = random.Random(SEED)
        nested = b"".join(b"\xF8\x02" + wire.text("x") + b"\xF8\x01" for _ in range(deep)) + wire.element("x")
        for what, payload in {
            "nothing": b"",
            "only flags": b"\x00",
            "unknown flags": b"\xFD" + wire.element("iq"),
            "a cut stanza": wire.plain(wire.element("message", {"id": "1"}))[:-2],
            "a length that lies": wire.plain(b"\xF8\x02" + wire.text("x") + b"\xFE\x7F\xFF\xFF\xFF"),
            "a list that lies": wire.plain(b"\xF9\xFF\xFF" + wire.text("x")),
            "twenty thousand levels": wire.plain(nested),
            "more elements than anybody has": wire.plain(wire.element("x", {}, wire.listed(60_000, (b"\xF8\x02" + wire.text("y") + wire.listed(5, wire.element("z") * 5)) * 60_000))),
            "a bomb": b"\x02" + wire.zeros(512 << 20),
            "a bomb with a stanza in front": b"\x02" + wire.zeros(256 << 20, wire.element("x")),
            "cut zlib data": wire.compressed(wire.element("message", {"id": "1"}))[:-6],
            "no zlib data": b"\x02" + noise.randbytes(1000),
            "tokens of no dictionary": wire.plain(b"\xF8\x02\xEF\xFF\xEC\xFE"),
        }.items():
            self.account.hostile(payload=wire.b64(payload))
            self.goes_on(what)
            self.next_victim()
        self.others_are_fine()

    def test_noise_in_place_of_stanzas_is_dropped(self):
        noise = random.Random(SEED)
        for _ in range(40):
            self.account.hostile(payload=wire.b64(noise.choice((b"\x00", b"\x02", b"")) + noise.randbytes(noise.randint(1, 400))))
        self.goes_on("noise")
        self.others_are_fine()

    def test_bytes_past_the_encryption_end_the_connection_and_no_more(self):
        noise = random.Random(SEED)
        for what, data in {
            "a frame that nobody sealed": b"\x00\x00\x40" + noise.randbytes(64),
            "an empty frame": b"\x00\x00\x00",
            "many frames": (b"\x00\x00\x10" + noise.randbytes(16)) * 1000,
        }.items():
            since = self.hooks.mark()
            self.account.hostile(wire=wire.b64(data))
            lost = self.session.wait_status("STARTING", since=since)
            self.assertNotIn(lost.payload["reason"], ("none", "internal_error"), what)
            self.goes_on(what)
            self.next_victim()
        self.others_are_fine()


class HostileContentTest(HostileCase):
    """Sealed properly: from somebody who has a session, or the own phone."""

    def test_any_content_of_a_message_is_taken_or_left(self):
        noise = random.Random(SEED)
        nested = wire.field(1, "deep")
        for _ in range(3_000):
            nested = wire.field(37, wire.field(1, nested))[:500_000]
        for what, plain in {
            "nothing": b"",
            "padding of nothing": b"\x00",
            "padding longer than all": b"abc\xFF",
            "noise": noise.randbytes(500) + b"\x01",
            "views once in views once": nested + b"\x01",
            "a field that lies about its length": b"\x0A\xFF\xFF\xFF\xFF\x07x\x01",
            "a megabyte of text": wire.field(1, "x" * (1 << 20)) + b"\x01",
            "text that is no UTF-8": wire.field(1, b"\xFF\xFE\x00\xC0\x80") + b"\x01",
            "an edit of an edit of itself": wire.protocol_message(14, wire.field(1, wire.field(3, "X")), wire.field(14, wire.protocol_message(14, wire.field(1, wire.field(3, "X"))))) + b"\x01",
            "ten thousand mentions": wire.field(6, wire.field(1, "hi") + wire.field(17, b"".join(wire.field(15, f"{number}@lid") for number in range(10_000)))) + b"\x01",
            "a picture from nowhere": wire.field(3, wire.field(1, "gopher://169.254.169.254/") + wire.field(5, 2**63) + wire.field(8, b"short")) + b"\x01",
        }.items():
            self.stranger.hostile(to=self.account.phone, sealed=wire.b64(plain))
            self.goes_on(what)
        self.others_are_fine()

    def test_a_strangers_orders_are_not_those_of_the_phone(self):
        since = self.hooks.mark()
        for plain in (wire.history(wire.zeros(1 << 20)), wire.protocol_message(6, wire.field(7, b"\x0A\x00")), wire.field(31, wire.field(1, "x@g.us") + wire.field(2, wire.protocol_message(5)))):
            self.stranger.hostile(to=self.account.phone, sealed=wire.b64(plain + b"\x01"))
        self.goes_on("orders of a stranger")
        self.assertEqual(self.hooks.deliveries("session.history", self.session.name, since), [])
        self.others_are_fine()

    def test_history_that_explodes_lies_or_repeats_is_let_go(self):
        chat = wire.field(2, wire.field(1, "1001@s.whatsapp.net") + wire.field(2, b"\xFF" * 100))
        for what, peer in {
            "a bomb": wire.history(wire.zeros(1 << 30)),
            "a bomb in one field": wire.history(wire.zeros(512 << 20, b"\x4A\x80\x80\x80\x80\x02")),
            "no zlib data": wire.history(b"\xFF" * 1000),
            "cut zlib data": wire.history(zlib.compress(chat * 100)[:-20]),
            "messages that are none": wire.history(zlib.compress(chat * 5_000)),
            "a type that is none": wire.history(zlib.compress(chat), kind=4_000_000_000),
            "a file that is nowhere": wire.protocol_message(5, wire.field(6, wire.field(1, b"\x01" * 32) + wire.field(2, 2**40) + wire.field(3, b"\x02" * 32) + wire.field(4, 2)
                                                                    + wire.field(6, "/../../etc/passwd") + wire.field(7, b"\x03" * 32))),
            "keys that are none": wire.protocol_message(6, wire.field(7, b"".join(wire.field(1, wire.field(1, os.urandom(6)) + wire.field(2, b"")) for _ in range(2_000)))),
            "addresses that are none": wire.protocol_message(22, wire.field(22, wire.field(1, b"\xFF" * 2_000))),
            "an order that nobody knows": wire.protocol_message(2**31 - 1),
        }.items():
            self.account.hostile(peer=wire.b64(peer))
            self.goes_on(what)
        for _ in range(100):
            self.account.hostile(peer=wire.b64(wire.history(zlib.compress(chat), kind=3)))
        self.goes_on("the same history again and again")
        self.others_are_fine()


if __name__ == "__main__":
    main()
