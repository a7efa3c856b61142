"""Mixed traffic of many sessions for minutes, while the network misbehaves: every message arrives once, and memory stays flat.

WAGATE_SOAK_SESSIONS (20), WAGATE_SOAK_MINUTES (1) and WAGATE_SOAK_SEED choose how much and what. `./dev soak` is the long form.
"""

import base64
import collections
import concurrent.futures
import contextlib
import itertools
import json
import os
import pathlib
import random
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness import Account, Gateway, HarnessCase, Sandbox, Session, WebhookReceiver, main, wait_until  # noqa: E402
from harness.gateway import bare_id  # noqa: E402
from harness.http import Unexpected  # noqa: E402

SESSIONS = int(os.environ.get("WAGATE_SOAK_SESSIONS", "20"))
MINUTES = float(os.environ.get("WAGATE_SOAK_MINUTES", "1"))
SEED = int(os.environ.get("WAGATE_SOAK_SEED", "20260701"))
WRITERS = 4
TROUBLEMAKERS = max(1, SESSIONS // 25)
MESSAGES_PER_SECOND = float(os.environ.get("WAGATE_SOAK_RATE", "12"))
GROUP_SIZE = 8
SETTLE = 180
WARM_UP = min(120.0, MINUTES * 60 / 3)  # caches fill and every session has met its peers
TENANTS = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}
# What memory may grow by between the end of the warm-up and the end, on the line through all samples.
ALLOWED_GROWTH = 6 << 20
RECORD_CACHE_MB = "2"  # full by the end of the warm-up: what grows later is something else

PICTURE = base64.b64encode(b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(2000)).decode()  # no one looks into it


class Expected:
    """What has to be seen where, how often: once each."""

    def __init__(self):
        self._lock = threading.Lock()
        self.by_kind = collections.Counter()
        self.at_phones: dict[str, set[str]] = collections.defaultdict(set)  # phone → message ids
        self.at_sessions: dict[str, set[tuple]] = collections.defaultdict(set)  # session → (event, key)

    def add(self, kind: str, phones=(), sessions=()):
        with self._lock:
            self.by_kind[kind] += 1
            for phone, message in phones:
                self.at_phones[phone].add(message)
            for session, *key in sessions:
                self.at_sessions[session].add(tuple(key))


class Member:
    """A session and the phone it is linked to, or a phone alone."""

    def __init__(self, account: Account, session: Session | None = None):
        self.account = account
        self.session = session
        self.lock = threading.Lock()  # one writer at a time, so that a fault and its end do not meet another's


class SoakTest(HarnessCase):
    @classmethod
    def setUpClass(cls):
        cls.hooks = WebhookReceiver()
        cls.addClassCleanup(cls.hooks.close)
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()
        cls.gateway = Gateway(cls.sandbox, TENANTS, env={"WAGATE_RECORD_CACHE_MB": RECORD_CACHE_MB})
        cls.addClassCleanup(cls.gateway.clean)
        cls.gateway.start()
        cls.pool = concurrent.futures.ThreadPoolExecutor(8 + TROUBLEMAKERS)
        cls.addClassCleanup(cls.pool.shutdown)
        cls.members = [Member(cls.sandbox.account(), Session(cls.gateway, cls.hooks, f"soak-{number}", list(TENANTS)[number % 2], endpoint=f"soak-{number}"))
                       for number in range(SESSIONS)]
        cls.phones = [Member(cls.sandbox.account()) for _ in range(max(4, SESSIONS // 10))]
        list(cls.pool.map(cls.link, cls.members))
        dice = random.Random(SEED)
        cls.groups = []
        for number in range(max(2, SESSIONS // 10)):
            members = dice.sample(cls.members, min(GROUP_SIZE, len(cls.members))) + dice.sample(cls.phones, 2)
            body = {"by": members[0].account.phone, "members": [member.account.phone for member in members[1:]], "subject": f"Group {number}"}
            cls.groups.append((cls.sandbox.api.post("/control/groups", body, expect=201)["id"], members))

    @classmethod
    def link(cls, member: Member):
        session = member.session
        session.create(events=("message", "message.reaction", "message.edited", "session.status"))
        session.hooks.wait("session.status", lambda entry: entry.payload["status"] == "SCAN_QR_CODE", SETTLE, session.name, path=session.endpoint)
        member.account.scan(session.qr())
        session.wait_status("WORKING", seconds=SETTLE)

    def setUp(self):
        self.expected = Expected()
        self.faults = collections.Counter()
        self.refused = collections.Counter()
        self.numbers = itertools.count(1)
        self.stop = threading.Event()

    # ------------------------------------------------------------------ traffic

    def post(self, session: Session, path: str, body: dict, method: str = "POST"):
        """As an application does it: what got no answer, or a temporary one, is asked again under its key."""
        key = f"soak-{next(self.numbers)}"
        for _ in range(20):
            with contextlib.suppress(OSError):
                answer = session.api.request(method, path, {"session": session.name, **body}, headers={"Idempotency-Key": key})
                if answer.status in (200, 201):
                    return answer.json()
                if answer.status < 429 and not (answer.status == 422 and "status" in (answer.json() or {})):
                    raise Unexpected(f"{method} {path}: {answer}")
                self.refused[answer.status] += 1
            if self.stop.wait(0.5):
                return None
        return None

    def heard_by(self, members, sender: Member, event: str, key) -> list[tuple]:
        return [(member.session.name, event, key) for member in members if member.session and member is not sender]

    def direct(self, dice: random.Random, kind: str):
        sender, other = dice.sample(self.members, 2)
        text = f"{kind} {next(self.numbers)}"
        to = other.account.chat_id
        if kind == "image":
            sent = self.post(sender.session, "/api/sendImage", {"chatId": to, "caption": text, "file": {"mimetype": "image/jpeg", "filename": "a.jpg", "data": PICTURE}})
        else:
            sent = self.post(sender.session, "/api/sendText", {"chatId": to, "text": text})
        if sent is None:
            return
        message = bare_id(sent["id"])
        self.expected.add(kind, [(other.account.phone, message)], self.heard_by([other], sender, "message", message))
        if kind == "reaction":
            emoji = dice.choice("👍❤😂🙏")
            if self.post(sender.session, "/api/reaction", {"messageId": sent["id"], "reaction": emoji}, "PUT"):
                self.expected.add("reacted", sessions=self.heard_by([other], sender, "message.reaction", (message, emoji)))
        if kind == "edit":
            changed = text + " changed"
            if self.post(sender.session, f"/api/{sender.session.name}/chats/{to}/messages/{sent['id']}", {"text": changed}, "PUT"):
                self.expected.add("edited", sessions=self.heard_by([other], sender, "message.edited", (message, changed)))

    def group(self, dice: random.Random):
        group, members = dice.choice(self.groups)
        sender = dice.choice([member for member in members if member.session])
        sent = self.post(sender.session, "/api/sendText", {"chatId": group, "text": f"group {next(self.numbers)}"})
        if sent is None:
            return
        message = bare_id(sent["id"])
        self.expected.add("group", [(member.account.phone, message) for member in members if member is not sender],
                          self.heard_by(members, sender, "message", message))

    def incoming(self, dice: random.Random):
        phone, to = dice.choice(self.phones), dice.choice(self.members)
        message = phone.account.send(to.account.digits, f"incoming {next(self.numbers)}")
        self.expected.add("incoming", [(to.account.phone, message)], [(to.session.name, "message", message)])

    def write(self, seed: int):
        dice = random.Random(seed)
        pause = WRITERS / MESSAGES_PER_SECOND
        while not self.stop.wait(dice.uniform(0.5, 1.5) * pause):
            kind = dice.choices(("text", "incoming", "group", "image", "reaction", "edit"), (40, 25, 12, 8, 8, 7))[0]
            if kind == "incoming":
                self.incoming(dice)
            elif kind == "group":
                self.group(dice)
            else:
                self.direct(dice, kind)

    # ------------------------------------------------------------------ trouble

    def trouble(self, seed: int):
        dice = random.Random(seed)
        while not self.stop.wait(dice.uniform(0.3, 1.2)):
            account = dice.choice(self.members).account
            kind = dice.choice(("disconnect", "515", "503", "undecryptable", "withholdAcks", "slowMs", "duplicate", "reorder", "dropAfter"))
            self.faults[kind] += 1
            if kind == "disconnect":
                account.disconnect()
            elif kind in ("515", "503"):
                account.disconnect(streamError=kind)
            elif kind == "undecryptable":
                account.faults(undecryptable=dice.randint(1, 2))
            else:
                account.faults(**{kind: {"slowMs": dice.randint(20, 200), "dropAfter": dice.randint(1, 5)}.get(kind, True)})
                self.stop.wait(dice.uniform(0.5, 3))
                account.faults()

    # ------------------------------------------------------------------ what came of it

    def seen_at_phone(self, account: Account) -> collections.Counter:
        return collections.Counter(entry["id"] for entry in account.messages() if not entry["fromMe"])

    def seen_at_sessions(self) -> dict[str, collections.Counter]:
        """The whole event log of every tenant."""
        seen: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
        for tenant in TENANTS:
            since = "0"
            while True:
                page = self.gateway.tenant(tenant).get(f"/api/v1/events?since={since}&limit=1000")
                for event in page["events"]:
                    if key := event_key(event):
                        seen[event["session"]][key] += 1
                if not page["events"]:
                    break
                since = page["cursor"]
        return seen

    def missing(self) -> list[str]:
        at_sessions = self.seen_at_sessions()
        found = [f"{session}: {key}" for session, keys in self.expected.at_sessions.items() for key in keys if not at_sessions[session][key]]
        by_phone = {member.account.phone: member.account for member in self.members + self.phones}
        for phone, messages in self.expected.at_phones.items():
            seen = self.seen_at_phone(by_phone[phone])
            found += [f"phone {phone}: {message}" for message in messages if not seen[message]]
        return found

    def test_everything_arrives_once_and_memory_stays_flat(self):
        seeds = random.Random(SEED)
        threads = [self.pool.submit(self.write, seeds.random()) for _ in range(WRITERS)]
        threads += [self.pool.submit(self.trouble, seeds.random()) for _ in range(TROUBLEMAKERS)]
        begin, cpu = time.monotonic(), self.gateway.cpu_seconds()
        samples = []
        tick = threading.Event()
        while (elapsed := time.monotonic() - begin) < MINUTES * 60:
            for thread in threads:
                if thread.done():
                    thread.result()
            if elapsed >= WARM_UP:
                samples.append((elapsed, self.gateway.memory()["Rss"]))
            tick.wait(min(2.0, MINUTES * 60 / 40))
        self.stop.set()
        for thread in threads:
            thread.result()
        took, cpu = time.monotonic() - begin, self.gateway.cpu_seconds() - cpu
        for member in self.members:
            member.account.faults()

        wait_until(lambda: all(member.session.status() == "WORKING" for member in self.members), SETTLE, "all sessions work again",
                   lambda: collections.Counter(member.session.status() for member in self.members), 0.5)
        wait_until(lambda: not self.missing(), SETTLE, "everything has arrived", lambda: self.missing()[:10], 1.0)
        # Later copies would be there by now: whatever is sent now comes behind them.
        at_sessions = self.seen_at_sessions()
        more = [f"{session}: {key} {count} times" for session, keys in at_sessions.items() for key, count in keys.items() if count > 1]
        for member in self.members + self.phones:
            more += [f"phone {member.account.phone}: {message} {count} times" for message, count in self.seen_at_phone(member.account).items() if count > 1]
        slope = statistics.linear_regression(*zip(*samples)).slope if len(samples) > 2 else 0.0
        growth = slope * (samples[-1][0] - samples[0][0])
        stats = self.sandbox.stats()
        figures = {
            "sessions": SESSIONS, "seconds": round(took), "seed": SEED, "sent": dict(self.expected.by_kind), "faults": dict(self.faults), "askedAgain": dict(self.refused),
            "seenAtPhones": sum(map(len, self.expected.at_phones.values())), "seenAtSessions": sum(map(len, self.expected.at_sessions.values())),
            "moreThanOnce": len(more), "cpuSeconds": round(cpu, 1), "rssMiB": [round(samples[0][1] / 2**20, 1), round(samples[-1][1] / 2**20, 1)],
            "growthMiB": round(growth / 2**20, 2), "growthMiBPerHour": round(slope * 3600 / 2**20, 1),
            **{name: stats[name] for name in ("reusedMessageKeys", "changedRepeats", "undecryptableAtPhones", "resendsAskedByCompanions")},
        }
        print("soak: " + json.dumps(figures), flush=True)
        self.assertEqual(more, [])
        self.assertEqual((stats["reusedMessageKeys"], stats["changedRepeats"], stats["undecryptableAtPhones"]), (0, 0, 0))
        self.assertGreater(min(self.expected.by_kind[kind] for kind in ("text", "incoming", "group", "image", "reacted", "edited")), 0)
        self.assertLess(growth, ALLOWED_GROWTH, f"memory grows: {figures['rssMiB']}")
        self.every_webhook_came()

    def every_webhook_came(self):
        """Receivers know repetitions by the event's id, so a message is told by one event."""
        wanted = {(session, key[1]) for session, keys in self.expected.at_sessions.items() for key in keys if key[0] == "message"}

        def told():
            events = collections.defaultdict(set)
            for delivery in self.hooks.deliveries("message"):
                events[delivery.session, bare_id(delivery.payload["id"])].add(delivery.json["id"])
            return events

        wait_until(lambda: wanted <= told().keys(), SETTLE, "a webhook for every message", lambda: sorted(wanted - told().keys())[:10], 1.0)
        self.assertEqual([key for key, events in told().items() if len(events) > 1], [])


def event_key(event: dict) -> tuple | None:
    payload = event["payload"]
    match event["event"]:
        case "message":
            return "message", bare_id(payload["id"])
        case "message.reaction" if not payload["fromMe"]:
            return "message.reaction", (bare_id(payload["reaction"]["messageId"]), payload["reaction"]["text"])
        case "message.edited" if not payload["fromMe"]:
            return "message.edited", (payload["editedMessageId"], payload["body"])
    return None


if __name__ == "__main__":
    main()
