"""The truth after the crashes: what was sent, against what phones, webhooks and the API's lists have."""

import collections
import json
import urllib.parse

from traffic import bare

PAGE = 500

# Every rule by name, so that the table shows also those that found nothing.
RULES = (
    "messages lost", "sends lost", "sends doubled", "events lost", "event ids with two bodies", "content under two event ids",
    "events out of order", "reused message keys", "repeats with other bytes", "undecryptable at phones", "undecryptable at sessions",
    "stanzas never acknowledged", "keys answered differently", "refusals and malformed deliveries", "restarts over the limit",
)


class Verdict:
    def __init__(self):
        self.found: dict[str, list[str]] = {rule: [] for rule in RULES}

    def add(self, rule: str, text: str):
        self.found[rule].append(text)

    def is_clean(self) -> bool:
        return not any(self.found.values())


def judge(world, restart_limit: float) -> Verdict:
    """The gateway runs, without faults, and everything had time to arrive."""
    verdict = Verdict()
    for line in world.lines:
        _check_inbound(world, line, verdict)
        _check_sends(world, line, verdict)
        _check_keys(world, line, verdict)
        _check_order(world, line, verdict)
        _check_log(world, line, verdict)
    _check_events(world, verdict)
    _check_network(world, verdict)
    for text in world.traffic.violations + world.recorder.malformed:
        verdict.add("refusals and malformed deliveries", text)
    for seconds in world.restarts:
        if seconds > restart_limit:
            verdict.add("restarts over the limit", f"{seconds:.2f} s")
    return verdict


def listed_messages(line) -> list[dict]:
    session = urllib.parse.quote(line.session.name, safe="")
    messages = []
    for contact in line.contacts:
        chat = urllib.parse.quote(contact.chat_id, safe="")
        offset = 0
        while True:
            page = line.session.api.get(f"/api/{session}/chats/{chat}/messages?limit={PAGE}&offset={offset}&sortOrder=asc&downloadMedia=false")
            messages += page
            offset += len(page)
            if len(page) < PAGE:
                break
    return messages


def _check_inbound(world, line, verdict: Verdict):
    listed = collections.Counter((bare(entry["id"]), entry["body"], entry["fromMe"]) for entry in listed_messages(line))
    for entries, is_own, event in ((line.inbound, False, "message"), (line.own, True, "message.any")):
        seen = collections.Counter((bare(payload["id"]), payload["body"]) for payload in world.recorder.payloads(line.endpoint, event))
        for entry in entries:
            count = listed[(entry["id"], entry["text"], is_own)]
            if count != 1:
                verdict.add("messages lost", f"{line.endpoint}: {entry['text'][:30]!r} is listed {count} times")
            if seen[(entry["id"], entry["text"])] == 0:
                verdict.add("events lost", f"{line.endpoint}: no {event} for {entry['text'][:30]!r}")
    for send in line.sends:
        if listed[(send["id"], send["text"], True)] != 1:
            verdict.add("sends lost", f"{line.endpoint}: {send['text'][:30]!r} is not listed once as {send['id']}")


def _check_sends(world, line, verdict: Verdict):
    for contact in line.contacts:
        arrived = collections.defaultdict(list)
        for message in contact.messages():
            if not message["fromMe"]:
                arrived[message["text"]].append(message["id"])
        sent = collections.Counter()
        for send in line.sends:
            if send["contact"] is not contact:
                continue
            sent[send["text"]] += 1
            ids = arrived[send["text"]]
            if not ids:
                verdict.add("sends lost", f"{line.endpoint}: {send['text'][:30]!r}, answered with {send['id']}, did not arrive")
            elif len(ids) > 1:
                verdict.add("sends doubled", f"{line.endpoint}: {send['text'][:30]!r} arrived as {ids}")
            elif ids != [send["id"]]:
                verdict.add("keys answered differently", f"{line.endpoint}: {send['text'][:30]!r} arrived as {ids}, answered with {send['id']}")
        for text, ids in arrived.items():
            # What was answered with an error may have been sent or not, but not twice.
            may_be = text.startswith("own ") or text.startswith("probe ") and len(ids) == 1
            if text not in sent and not may_be:
                verdict.add("sends doubled", f"{line.endpoint}: {text[:30]!r} arrived as {ids} and was never answered")


def _check_keys(world, line, verdict: Verdict):
    """The newest and some old sends, asked for again."""
    for send in line.sends[-5:] + line.sends[:-5:max(1, len(line.sends) // 10)]:
        status, answer = world.traffic.post(line, send, world.gateway.base)
        if status != 201 or bare(answer.get("id")) != send["id"]:
            verdict.add("keys answered differently", f"{line.endpoint}: {send['key']} gives {status} {answer.get('id')}, was {send['id']}")


def _check_order(world, line, verdict: Verdict):
    """In every chat, in the order in which it was sent."""
    if world.damages:
        return  # what has to be asked for again comes later than what follows it
    seen = [payload["id"] for payload in world.recorder.payloads(line.endpoint, "message")]
    place = {name: number for number, name in reversed(list(enumerate(seen)))}
    for contact in line.contacts:
        sent = [f"false_{contact.chat_id}_{entry['id']}" for entry in line.inbound if entry["contact"] is contact]
        places = [place[name] for name in sent if name in place]
        for earlier, later in zip(places, places[1:]):
            if earlier > later:
                verdict.add("events out of order", f"{line.endpoint}: {seen[later]} before {seen[earlier]}")


def _check_log(world, line, verdict: Verdict):
    """What the event log has, webhooks have had, and nothing else."""
    logged: dict[str, str] = {}
    cursor = "0"
    while True:
        query = urllib.parse.urlencode({"session": line.session.name, "since": cursor, "limit": PAGE, "wait": 0})
        answer = line.session.api.request("GET", f"/api/v1/events?{query}")
        if answer.status == 404 and cursor == "0":
            return  # a gateway without this interface
        page = answer.json() if answer.status == 200 else None
        if page is None:
            verdict.add("events lost", f"{line.endpoint}: the event log answers {answer}")
            return
        for event in page["events"]:
            if event["id"] in logged:
                verdict.add("event ids with two bodies", f"{line.endpoint}: {event['id']} is twice in the event log")
            logged[event["id"]] = event["event"]
        if not page["events"] or page["cursor"] == cursor:
            break
        cursor = page["cursor"]
    delivered = {number for number, event in world.recorder.events.items() if event["endpoint"] == line.endpoint}
    # What happens while this is checked, reports of health above all, may be in one of them only.
    for number in sorted(set(logged) - delivered):
        if logged[number].startswith("message"):
            verdict.add("events lost", f"{line.endpoint}: {logged[number]} {number} is in the log and was not delivered")
    for number in sorted(delivered - set(logged)):
        if world.recorder.events[number]["name"].startswith("message"):
            verdict.add("events lost", f"{line.endpoint}: {world.recorder.events[number]['name']} {number} was delivered and is not in the log")


def differences(first: bytes, second: bytes) -> str:
    """Where two deliveries of an event differ, by the path of the field."""
    left, right = json.loads(first), json.loads(second)
    found = []

    def compare(path: str, one, two):
        if isinstance(one, dict) and isinstance(two, dict):
            for key in sorted(one.keys() | two.keys()):
                compare(f"{path}.{key}", one.get(key), two.get(key))
        elif one != two:
            found.append(f"{path[1:]}: {json.dumps(one)[:200]} and then {json.dumps(two)[:200]}")

    compare("", left, right)
    return f"{left['event']} {left['id']}: " + ("; ".join(found) or "other order of fields")


def _check_events(world, verdict: Verdict):
    recorder = world.recorder
    for first, second in recorder.conflicts:
        verdict.add("event ids with two bodies", differences(first, second))
    for (endpoint, name, content), ids in recorder.by_content.items():
        if len(ids) > 1:
            verdict.add("content under two event ids", f"{endpoint}: {name} {content} as {sorted(ids)}")
        if name == "message.waiting" and not world.damages:
            verdict.add("undecryptable at sessions", f"{endpoint}: {content}")
    for line in world.lines:
        for send in line.sends:
            full = f"true_{send['contact'].chat_id}_{send['id']}"
            if not recorder.has(line.endpoint, "message.any", full):
                verdict.add("events lost", f"{line.endpoint}: no message.any for {send['text'][:30]!r}")
            for level in (1, 2):
                if not recorder.has(line.endpoint, "message.ack", (full, level)):
                    verdict.add("events lost", f"{line.endpoint}: no message.ack {level} for {send['text'][:30]!r}")


def _check_network(world, verdict: Verdict):
    stats = world.sandbox.stats()
    rules = [("reused message keys", "reusedMessageKeys"), ("repeats with other bytes", "changedRepeats")]
    if not world.damages:
        # Where messages are damaged, sessions ask for them and phones make new keys, for which both sides may have to ask.
        rules += [("undecryptable at phones", "undecryptableAtPhones"), ("undecryptable at sessions", "resendsAskedByCompanions")]
    for rule, name in rules:
        if stats[name] != 0:
            verdict.add(rule, f"the network counted {stats[name]}")
    if stats["queued_stanzas"] != 0:
        verdict.add("stanzas never acknowledged", f"{stats['queued_stanzas']} wait for a session")
