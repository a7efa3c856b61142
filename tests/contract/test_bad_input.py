"""Bad input to every operation: the valid request of its case, damaged in all ways. Each is refused with WAHA's status and
shape, changes nothing, and comes back in no answer."""

import copy
import json
import unittest
import urllib.parse

from stage import Stage  # first: it knows where the harness is
from harness import main, wait_until

import document
import registry

CASES = registry.load()
CANARY = "canary-4711"
NOBODY = "nobody-knows-this"
STRANGER = "4915999999999@c.us"

# What stands for a thing of this kind that does not exist.
UNKNOWN = {
    "chatId": STRANGER, "contactId": STRANGER, "phone": "4915999999999", "messageId": "false_4915999999999@c.us_3EB0FFFFFFFFFFFFFFFF",
    "labelId": "4711", "lid": "999999999999999@lid", "phoneNumber": "4915999999999", "pollMessageId": "false_4915999999999@c.us_3EB0FFFFFFFFFFFFFFFF",
}
UNKNOWN_IDS = {"groups": "120363999999999999@g.us", "channels": "120363999999999999@newsletter", "contacts": STRANGER, "apps": "app_nobody", "keys": "nobody"}
OTHER_TYPES = {"string": {CANARY: 1}, "number": {CANARY: 1}, "integer": {CANARY: 1}, "boolean": CANARY, "array": CANARY, "object": CANARY}


class BadInputCase(Stage):
    def __init_subclass__(cls, area: str):
        for one in CASES.values():
            if one.area == area:
                setattr(cls, one.test_name, _test(one))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        play = cls("__str__")
        cls.stopped = play.new_session(create=False)
        cls.stopped.create(start=False)
        cls.scanning = play.new_session()
        cls.scanning.wait_status("SCAN_QR_CODE")

    # ------------------------------------------------------------------ what could have changed

    def state(self) -> dict:
        """Everything that an operation may change, as both sides tell it."""
        accounts = {}
        for account in self.control.get("/control/accounts"):
            path = f"/control/accounts/{account['phone']}"
            accounts[account["phone"]] = {
                "devices": [device["id"] for device in account["devices"]],
                "messages": [(entry["id"], entry["chat"], entry["text"]) for entry in self.control.get(path + "/messages")],
                "settings": self.control.get(path + "/app-state")["entries"],
                "profile": self.control.get(path + "/profile"),
                "calls": self.control.get(path + "/calls"),
            }
        sessions = {entry["name"]: (entry["config"], entry["me"]) for entry in self.gateway.api.get("/api/sessions?all=true")}
        seen = {}
        for session in (self.one, self.two):
            seen[session.name] = {what: self.get(session, what) for what in ("labels", "groups", "chats?limit=1000")}
        served = document.ours().operations
        kept = {what: self.gateway.api.get(path) for what, path in (("keys", "/api/keys"), ("apps", f"/api/apps?session={self.one.name}"))
                if f"GET {path.partition('?')[0]}" in served}
        return {"kept": kept, "accounts": accounts, "groups": self.control.get("/control/groups"), "channels": self.control.get("/control/channels"),
                "sessions": sessions, "seen": seen}

    def quiet(self) -> dict:
        """The state once what a case has prepared is over."""
        last = self.state()

        def same():
            nonlocal last
            before, last = last, self.state()
            return before == last
        wait_until(same, 20, "nothing to change any more", interval=0.1)
        return last

    # ------------------------------------------------------------------ asking

    def refused(self, what: str, operation: document.Operation, request: dict, statuses: set[int]):
        answer = self.ask(operation, request)
        if CASES[operation.key].own_errors:
            statuses = statuses | {200, 202, 400}
        with self.subTest(what):
            self.assertIn(answer.status, statuses, f"{what}: {operation.name} answered {answer}")
            self.assertNotIn(CANARY.encode(), answer.body, f"{what}: the answer repeats what was sent")
            if not CASES[operation.key].own_errors:
                self.assert_shape(answer)
            own = document.ours().operations[operation.key]
            self.assertIn(answer.status, set(own.answers), f"{what}: api/openapi.json does not have {answer}")
        return answer

    def assert_shape(self, answer):
        """WAHA's errors: what its framework makes, or the two of its session manager."""
        self.assertEqual((answer.headers.get("Content-Type") or "").split(";")[0], "application/json", str(answer))
        body = answer.json()
        if "statusCode" in body:
            self.assertEqual(body["statusCode"], answer.status, body)
            self.assertTrue(isinstance(body["message"], str) or body["message"] and all(isinstance(line, str) for line in body["message"]), body)
            if answer.status != 401:
                self.assertIsInstance(body["error"], str, body)
        else:
            self.assertIsInstance(body.get("error"), str, body)
            self.assertEqual(answer.status, 422, body)
            self.assertIn("session", body)

    def damage(self, case: registry.Case):
        steps = case.run(self)
        request = next(steps)
        steps.close()
        operation, own = document.waha().operations[case.key], document.ours().operations[case.key]
        before = self.quiet()
        for damage in (self.damaged_bodies, self.damaged_queries, self.sessions_in_question, self.things_that_are_not):
            damage(case, operation, own, request)
        after = self.quiet()
        self.assertEqual(before, after, f"{case.operation}: something has changed")
        for name, changed in self.strangers(operation, request):
            if name in case.unknown_accepted:  # and may change something
                answer = self.ask(operation, changed)
                self.assertLess(answer.status, 500, f"unknown {name}: {operation.name} answered {answer}")

    def damaged_bodies(self, case, operation, own, request):
        if own.body is None:
            return
        kind = {"Content-Type": "application/json", **request.get("headers", {})}
        rest = {key: value for key, value in request.items() if key != "body"} | {"headers": kind}
        needs_something = bool(own.document.schema(own.body).get("required"))
        raws = {"malformed JSON": b'{"' + CANARY.encode() + b'": ', "not an object": b'["' + CANARY.encode() + b'"]', "not UTF-8": b'{"text": "\xff\xfe"}',
                "a thousand levels": b'{"a":' * 1000 + b"1" + b"}" * 1000}
        for what, raw in raws.items():
            self.refused(what, operation, {**rest, "raw": raw}, {400})
        if needs_something:
            self.refused("no body", operation, {**rest, "raw": b""}, {400})
        limit = 120 * 1024 * 1024 if takes_files(own) else 1024 * 1024 + 1
        if not takes_files(own):
            self.refused("an oversized body", operation, {**rest, "raw": b'{"text":"' + b"x" * limit + b'"}'}, {413})
        for what, body in damages(own.document, own.body, request.get("body") or {}, case.any_form):
            self.refused(what, operation, {**rest, "body": body}, {400})

    def damaged_queries(self, case, operation, own, request):
        query = request.get("query", {})
        for parameter in own.parameters:
            if parameter["in"] != "query":
                continue
            name, schema = parameter["name"], own.document.schema(parameter.get("schema", {}))
            if parameter.get("required") and name in query:
                without = {key: value for key, value in query.items() if key != name}
                self.refused(f"without the parameter {name}", operation, {**request, "query": without}, {400})
            if schema.get("type") in ("number", "integer", "boolean") or "enum" in schema:
                if name not in case.any_form:
                    self.refused(f"{name} is nonsense", operation, {**request, "query": {**query, name: CANARY}}, {400})

    def sessions_in_question(self, case, operation, own, request):
        if case.unknown_session is None:
            return
        answer = self.refused("an unknown session", operation, with_session(operation, request, NOBODY), {case.unknown_session})
        body = answer.json()
        if case.unknown_session == 404:
            self.assertEqual(body, {"message": "Session not found", "error": "Not Found", "statusCode": 404})
        else:
            self.assertEqual(body, {"error": f'Session "{NOBODY}" does not exist', "session": NOBODY})
        if not case.needs_working:
            return
        for session, status in ((self.stopped, "STOPPED"), (self.scanning, "SCAN_QR_CODE")):
            answer = self.refused(f"a session that is {status}", operation, with_session(operation, request, session.name), {422})
            body = answer.json()
            self.assertEqual((body.get("session"), body.get("status"), body.get("expected")), (session.name, status, ["WORKING"]), str(answer))

    def things_that_are_not(self, case, operation, own, request):
        for name, changed in self.strangers(operation, request):
            if name not in case.unknown_accepted:
                self.refused(f"an unknown {name}", operation, changed, {404, 422})

    def strangers(self, operation, request):
        """The request about a chat, message, label … that does not exist, for each that it names."""
        for place in ("path", "query", "body"):
            for name in request.get(place) or {}:
                value = UNKNOWN.get(name)
                if name == "id" and place == "path":
                    value = next((UNKNOWN_IDS[part] for part in operation.path.split("/") if part in UNKNOWN_IDS), None)
                if value is not None:
                    yield name, {**request, place: {**request[place], name: value}}


def with_session(operation: document.Operation, request: dict, name: str) -> dict:
    changed = copy.deepcopy(request)
    if "{session}" in operation.path:
        changed.setdefault("path", {})["session"] = name
    elif "session" in (changed.get("body") or {}):
        changed["body"]["session"] = name
    elif "session" in changed.get("query", {}):
        changed["query"]["session"] = name
    else:
        raise AssertionError(f"{operation.name} names no session: set unknown_session=None in its case")
    return changed


def takes_files(operation: document.Operation) -> bool:
    fields = operation.document.schema(operation.body).get("properties", {})
    return any(name in fields for name in ("file", "picture", "data", "preview", "headerImage"))


def kind_of(schema: dict) -> str | None:
    """The one JSON type that a schema takes."""
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else [kind for kind in kinds or [] if kind != "null"]
    return kinds[0] if len(kinds) == 1 else None


def damages(doc: document.Document, schema: dict, body: dict, any_form: dict, where: str = ""):
    """Pairs of a description and a body: each required field left out, each field of another type, below objects too."""
    schema = doc.schema(schema)
    for name in schema.get("required", []):
        # WAHA's document calls fields required that have a default; they may be left out.
        if name in body and "default" not in doc.schema(schema.get("properties", {}).get(name, {})):
            yield f"without {where}{name}", {key: value for key, value in body.items() if key != name}
    for name, child in schema.get("properties", {}).items():
        child = doc.schema(child)
        kind = kind_of(child)
        if name in any_form or kind is None:
            continue
        yield f"{where}{name} is no {kind}", {**body, name: OTHER_TYPES[kind]}
        if child.get("enum"):
            yield f"{where}{name} is none of its values", {**body, name: CANARY}
        if kind == "object" and isinstance(body.get(name), dict):
            for what, inner in damages(doc, child, body[name], any_form, f"{where}{name}."):
                yield what, {**body, name: inner}
        if kind == "array" and body.get(name) and "items" in child:
            items = doc.schema(child["items"])
            inner_kind = kind_of(items)
            if inner_kind:
                yield f"{where}{name} has an element that is no {inner_kind}", {**body, name: [OTHER_TYPES[inner_kind]]}
            if inner_kind == "object" and isinstance(body[name][0], dict):
                for what, inner in damages(doc, items, body[name][0], any_form, f"{where}{name}[0]."):
                    yield what, {**body, name: [inner, *body[name][1:]]}


def _test(one: registry.Case):
    def test(self):
        self.damage(one)

    test = test if one.served else unittest.skip(f"{one.operation} is not in api/openapi.json")(test)
    test.__doc__ = one.operation
    return test


class BadSessionsTest(BadInputCase, area="sessions"):
    pass


class BadMessagesTest(BadInputCase, area="messages"):
    pass


class BadChatsTest(BadInputCase, area="chats"):
    pass


class BadGroupsTest(BadInputCase, area="groups"):
    pass


class BadChannelsTest(BadInputCase, area="channels"):
    pass


class BadStatusTest(BadInputCase, area="status"):
    pass


class BadAppsTest(BadInputCase, area="apps"):
    pass


if __name__ == "__main__":
    main()
