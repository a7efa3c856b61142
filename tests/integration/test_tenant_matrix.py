"""Every route times every kind of identifier times another tenant's (S1): the answer is that for one that never was.

Made from api/openapi.json. A route, a parameter or a field that nobody has thought about fails the first test."""

import base64
import json
import pathlib
import re
import threading
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import HarnessCase, ServerSentEvents, WebSocketStream, main
from harness.gateway import bare_id
from harness.http import Api
from harness.streams import Refused

DOCUMENT = json.loads((pathlib.Path(__file__).resolve().parents[2] / "api" / "openapi.json").read_text(encoding="utf-8"))
METHODS = ("get", "post", "put", "delete", "patch")

# What parameters and fields name. `session` … `app` exist inside a tenant; `person`, `group`, `channel` and `code` are the
# network's: every account may ask for them, and what it is told must not depend on who else uses this gateway.
KIND_OF_PATH = {"session": "session", "chatId": "person", "tenant": "tenant", "endpoint": "endpoint", "file": "file", "contactId": "person", "lid": "lid",
                "phoneNumber": "phone", "messageId": "message", "group": "group", "labelId": "label", "code": "code",
                "productId": "product", "orderId": "product", "coverId": "product", "replyId": "reply"}
KIND_OF_ID = (("/api/v1/keys/", "key"), ("/api/keys/", "key"), ("/api/v1/dead-letters/", "letter"), ("/api/apps/", "app"), ("/webhooks/chatwoot/", "app"),
              ("/outbox/", "message"), ("/channels/", "channel"), ("/groups/", "group"), ("/communities/", "group"), ("/status/", "message"),
              ("/presence", "person"), ("/events/", "message"), ("/contacts/", "person"), ("/history/", "message"))
KIND_OF_QUERY = {"session": "session", "chatId": "person", "contactId": "person", "since": "event", "endpoint": "endpoint", "phone": "phone", "code": "code",
                 "after": "letter", "tenant": "tenant", "actor": "key", "inviter": "person"}
KIND_OF_FIELD = {"session": "session", "chatId": "person", "contactId": "person", "reply_to": "message", "replyTo": "message", "messageId": "message",
                 "pollMessageId": "message", "messageIds": "messages", "participants": "people", "participant": "person", "from": "person", "code": "code",
                 "ids": "letters", "endpoint": "endpoint", "sessions": "sessions", "inviter": "person", "community": "group",
                 "contactIds": "people"}
# They name nothing that somebody has.
PLAIN_QUERY = {"expand", "all", "format", "text", "sortBy", "sortOrder", "downloadMedia", "merge", "limit", "offset", "filter.timestamp.lte", "filter.timestamp.gte",
               "filter.fromMe", "filter.ack", "events", "x-api-key", "wait", "event", "from", "until", "role", "refresh", "ids", "exclude", "exp", "sig",
               "messages", "days", "ticket", "action", "number", "hash", "secrets", "cursor", "token", "expiration", "before"}
PLAIN_FIELD = {"name", "apps", "start", "config", "logout", "phoneNumber", "method", "id", "text", "mentions", "linkPreview", "linkPreviewHighQuality",
               "displayName", "metadata", "scopes", "networks", "isActive", "expiresAt", "overlap_seconds", "event", "until", "all", "rate", "description",
               "picture", "categories", "limit", "startCursor", "view", "countries", "file", "viewOnce", "caption", "convert", "asNote", "gif", "url", "data",
               "presence", "status", "value", "seconds", "pagination", "filter", "latitude", "longitude", "title", "contacts", "poll", "pollServerId", "votes",
               "message", "selectedDisplayText", "selectedButtonID", "preview", "reaction", "played", "duration", "subject", "adminsOnly", "membersCanAdd",
               "approvalRequired", "ephemeralSeconds", "star", "firstName", "lastName", "colorHex", "color", "labels", "backgroundColor", "font", "isAdmin",
               "actions", "force", "enabled", "app", "jsonrpc", "params", "result", "error", "message_type", "private", "content", "conversation", "rawId",
               "retailerId", "priceAmount1000", "currency", "isHidden", "originCountry", "images", "image", "address", "email", "websites", "hours",
               "shortcut", "keywords", "unarchiveChats", "linkPreviewsDisabled", "muted",
               "type", "response", "count", "items", "header", "body", "footer", "buttons", "headerImage", "label",
               # links into calls, and push (its endpoint is a URL)
               "startTime", "platform", "auth", "p256dh", "token", "voipToken", "messageIdKey",
               "messagesAdminsOnly", "infoAdminsOnly", "expiration", "pinned", "read", "extraGuests", "rowId", "selectedIndex",
               # limits, and what is kept
               "webhook_endpoints", "storage_bytes", "messages_per_minute", "new_chats_per_day", "requests_per_second", "requests_burst",
               "request_bytes_per_minute", "concurrent_requests", "messages", "events", "deadLetters", "media"}
# Names that are identifiers on some routes only.
NAMES_SESSION = {"POST /api/sessions/start", "POST /api/sessions/stop", "POST /api/sessions/logout"}
# Not asked with another tenant's names, and why.
EXEMPT = {
    "GET /ws": "a WebSocket, see StreamsTest",
    "POST /mcp": "its tools are these routes, called with the caller's key",
    "POST /api/sessions/start": "makes the session that it names, in the caller's own tenant",
    "GET /api/v1/files/{tenant}/{session}/{file}": "the signature in the link is the key, see StreamsTest",
    "POST /webhooks/chatwoot/{session}/{id}": "called by Chatwoot without a key: the id is the secret",
}
# Lists built into the program, which look at no session.
SAME_FOR_ALL = {f"GET /api/{{session}}/channels/search/{what}" for what in ("views", "countries", "categories")}
OPERATORS = {"GET /api/v1/tenants/{tenant}/audit", "GET /api/v1/operator/audit"}


def resolved(node: dict) -> dict:
    while "$ref" in node:
        target = DOCUMENT
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    return node


class Operation:
    def __init__(self, method: str, path: str, given: dict):
        self.method, self.path, self.name = method.upper(), path, f"{method.upper()} {path}"
        self.is_open = given["security"] == []
        self.parameters = [resolved(one) for one in given.get("parameters", [])]
        schema = resolved(given.get("requestBody", {})).get("content", {}).get("application/json", {}).get("schema")
        self.schema = resolved(schema) if schema else None

    def named(self, place: str) -> list[str]:
        return [one["name"] for one in self.parameters if one["in"] == place]

    def fields(self) -> dict:
        found = {}
        for part in self.parts(self.schema or {}):
            found |= part.get("properties", {})
        return found

    @staticmethod
    def parts(schema: dict) -> list[dict]:
        schema = resolved(schema)
        return [schema] + [deeper for word in ("oneOf", "anyOf", "allOf") for one in schema.get(word, []) for deeper in Operation.parts(one)]

    def kind(self, place: str, name: str) -> str | None:
        if place == "path":
            if name == "id":
                return next((kind for part, kind in KIND_OF_ID if part in self.path), None)
            return KIND_OF_PATH.get(name)
        if place == "query":
            return KIND_OF_QUERY.get(name)
        if name == "name" and self.name in NAMES_SESSION:
            return "session"
        return KIND_OF_FIELD.get(name)

    def slots(self) -> list[tuple[str, str, str]]:
        """Where it takes an identifier, and of what."""
        found = [(place, name, self.kind(place, name)) for place in ("path", "query") for name in self.named(place)]
        found += [("body", name, self.kind("body", name)) for name in self.fields()]
        return [slot for slot in found if slot[2]]


OPERATIONS = [Operation(method, path, item[method]) for path, item in DOCUMENT["paths"].items() for method in METHODS if method in item]


class CoverageTest(HarnessCase):
    def test_every_parameter_and_field_is_an_identifier_of_a_kind_or_none(self):
        for operation in OPERATIONS:
            for name in operation.named("path"):
                self.assertIsNotNone(operation.kind("path", name), f"{operation.name}: what does {name} name?")
            for name in operation.named("query"):
                self.assertTrue(name in KIND_OF_QUERY or name in PLAIN_QUERY, f"{operation.name}: does ?{name} name something of a tenant?")
            for name in operation.fields():
                self.assertTrue(name in KIND_OF_FIELD or name in PLAIN_FIELD, f"{operation.name}: does the field {name} name something of a tenant?")

    def test_exemptions_are_of_routes_that_there_are(self):
        self.assertEqual(set(EXEMPT) - {operation.name for operation in OPERATIONS}, set())


def sample(schema: dict, depth: int = 0):
    """A small value that fits."""
    schema = resolved(schema)
    for word in ("example", "default"):
        if word in schema:
            return schema[word]
    for word in ("oneOf", "anyOf", "allOf"):
        if schema.get(word) and "properties" not in schema:
            return sample(schema[word][0], depth)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        needed = schema.get("required", [])
        return {name: sample(child, depth + 1) for name, child in schema.get("properties", {}).items() if name in needed and depth < 6}
    if kind == "array":
        return [sample(schema.get("items", {}), depth + 1)] if schema.get("minItems") or depth < 3 else []
    return {"string": "text", "integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "boolean": True}.get(kind)


class MatrixTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        play = cls("__str__")
        cls.theirs, cls.their_phone = play.new_paired("acme", "acme-shop")
        cls.own, cls.own_phone = play.new_paired("globex", "globex-shop")
        partner, nobody = cls.sandbox.account(), cls.sandbox.account()
        partner.send(cls.their_phone.digits, "only for acme")
        message = cls.theirs.wait_message("only for acme").payload["id"]
        own = cls.theirs.send(partner.chat_id, "from acme")
        acme = cls.gateway.tenant("acme")
        key = acme.post("/api/v1/keys", {"sessions": ["acme-shop"]})
        app = acme.post("/api/apps", {"id": "acme-app", "session": "acme-shop", "app": "mcp", "config": {}}, expect=(200, 201))
        label = acme.post("/api/acme-shop/labels", {"name": "acme", "color": 1}, expect=(200, 201))
        reply = acme.post("/api/v1/acme-shop/quick-replies", {"shortcut": "acme", "message": "acme"}, expect=201)
        event = acme.get("/api/v1/events?since=0&limit=1")["events"][0]["id"]
        endpoint = acme.get("/api/v1/acme-shop/webhooks")["webhooks"][0]["id"]
        control = cls.sandbox.api
        group = control.post("/control/groups", {"by": cls.their_phone.phone, "members": [partner.phone], "subject": "acme"}, expect=201)["id"]
        other_group = control.post("/control/groups", {"by": nobody.phone, "members": [cls.sandbox.account().phone], "subject": "others"}, expect=201)["id"]
        cls.mine = own
        # kind -> (another tenant's, one that never was)
        cls.foreign = {
            "session": ("acme-shop", "none-shop"),
            "sessions": (["acme-shop"], ["none-shop"]),
            "tenant": ("acme", "none"),
            "person": (partner.chat_id, nobody.chat_id),
            "people": ([{"id": partner.chat_id}], [{"id": nobody.chat_id}]),
            "phone": (partner.phone, nobody.phone),
            "lid": (partner.state()["lid"], nobody.state()["lid"]),
            "message": (message, f"false_{partner.chat_id}_" + "0" * len(message.rsplit("_", 1)[1])),
            "messages": ([message], [f"false_{partner.chat_id}_" + "0" * len(message.rsplit("_", 1)[1])]),
            "key": (key["id"], "key_id_" + "0" * 26),
            "app": (app["id"], "none-app"),
            "label": (str(label["id"]), "77"),
            "product": ("4000000000000001", "4000000000000002"),
            "reply": (reply["id"], "1"),
            "letter": ("1", "999999999"),
            "letters": (["1"], ["999999999"]),
            "event": (event, event[:-1] + ("0" if event[-1] != "0" else "1")),
            "endpoint": (endpoint, "0" * len(endpoint)),
            "file": ("acme-file.jpg", "none-file.jpg"),
            "group": (group, other_group),
            "channel": ("111111111111111@newsletter", "222222222222222@newsletter"),
            "code": ("AcmeCode0123456789AbCd", "NoneCode0123456789AbCd"),
        }
        cls.ordinary = {kind: pair[1] for kind, pair in cls.foreign.items()} | {"session": "globex-shop", "sessions": ["globex-shop"]}

    def ask(self, operation: Operation, given: dict):
        """A request to the operation with these identifiers, by (place, name)."""
        given = self.of_one_chat(operation, given)
        path, query = operation.path, {}
        for name in operation.named("path"):
            value = given.get(("path", name), self.ordinary[operation.kind("path", name)])
            path = path.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
        for parameter in operation.parameters:
            if parameter["in"] != "query":
                continue
            name = parameter["name"]
            kind = operation.kind("query", name)
            if ("query", name) in given:
                query[name] = given["query", name]
            elif name == "session":
                query[name] = self.ordinary["session"]
            elif parameter.get("required"):
                query[name] = self.ordinary[kind] if kind else sample(parameter["schema"])
        body = None
        if operation.schema is not None:
            body = sample(operation.schema)
            for name, schema in operation.fields().items():
                kind = operation.kind("body", name)
                if ("body", name) in given:
                    body[name] = self.fit(schema, given["body", name])
                elif kind and (name in body or name == "session"):
                    body[name] = self.fit(schema, self.ordinary[kind])
        return self.gateway.tenant("globex").request(operation.method, path + ("?" + urllib.parse.urlencode(query) if query else ""), body)

    def of_one_chat(self, operation: Operation, given: dict) -> dict:
        """A message's id says its chat: where both are asked for, they fit, so that nothing else is refused."""
        slots = operation.slots()
        chats = [(place, name) for place, name, _ in slots if name == "chatId"]
        messages = [(place, name) for place, name, kind in slots if kind == "message" and name in ("messageId", "pollMessageId")]
        if not chats or not messages:
            return given
        chat, message = given.get(chats[0]), given.get(messages[0], self.ordinary["message"])
        direction, own_chat, number = message.split("_", 2)
        return {**given, chats[0]: chat or own_chat, messages[0]: f"{direction}_{chat or own_chat}_{number}"}

    @staticmethod
    def fit(schema: dict, value):
        """Some lists are of texts where others are of objects."""
        items = resolved(schema).get("items")
        if isinstance(value, list) and value and isinstance(value[0], dict) and items and resolved(items).get("type") == "string":
            return [one["id"] for one in value]
        return value

    def shown(self, answer, value) -> bytes:
        """The body without the identifier, which may be said again."""
        body = answer.body
        for one in value if isinstance(value, list) else [value]:
            text = one["id"] if isinstance(one, dict) else str(one)
            for word in sorted({text, text.split("@")[0], text.rsplit("_", 1)[-1], urllib.parse.quote(text, safe="")}, key=len, reverse=True):
                if len(word) > 2:
                    body = body.replace(word.encode(), b"<ID>")
        return body

    def test_what_another_tenant_has_is_like_what_never_was(self):
        asked = 0
        for operation in OPERATIONS:
            if operation.name in EXEMPT or operation.is_open:
                continue
            for place, name, kind in operation.slots():
                theirs, never = self.foreign[kind]
                with self.subTest(f"{operation.name} {place} {name}"):
                    foreign = self.ask(operation, {(place, name): theirs})
                    missing = self.ask(operation, {(place, name): never})
                    asked += 1
                    self.assertEqual(foreign.status, missing.status, f"{foreign}\n{missing}")
                    self.assertLess(foreign.status, 500, str(foreign))
                    if foreign.status >= 400:
                        self.assertEqual(self.shown(foreign, theirs), self.shown(missing, never))
                    if kind == "session" and place == "path" and operation.method != "DELETE" and operation.name not in SAME_FOR_ALL:
                        self.assertIn(foreign.status, (400, 404, 422), str(foreign))
                    if kind in ("key", "app", "letter", "endpoint"):
                        self.assertIn(foreign.status, (403,) if operation.name in OPERATORS else (200, 202, 400, 404, 422), str(foreign))
        self.assertGreater(asked, 250)
        # And nothing of theirs has changed.
        self.assertEqual(self.theirs.status(), "WORKING")
        self.assertEqual(len(self.their_phone.devices()), 1)
        acme = self.gateway.tenant("acme")
        self.assertIn(self.foreign["key"][0], [entry["id"] for entry in acme.get("/api/v1/keys")])
        self.assertEqual([entry["id"] for entry in acme.get("/api/apps?session=acme-shop")], ["acme-app"])
        self.assertIn(self.foreign["label"][0], [str(entry["id"]) for entry in acme.get("/api/acme-shop/labels")])

    def test_lists_and_logs_of_events_show_the_own_tenant_only(self):
        own = self.gateway.tenant("globex")
        for path in ("/api/sessions?all=true", "/api/v1/keys", "/api/keys", "/api/v1/dead-letters", "/api/v1/events?since=0&limit=1000", "/health", "/api/server/status"):
            self.assertNotIn(b"acme", own.request("GET", path).body, path)
        since = own.get("/api/v1/events")["cursor"]
        got = []
        polling = threading.Thread(target=lambda: got.append(own.get(f"/api/v1/events?since={since}&wait=3")))
        polling.start()
        self.sandbox.account().send(self.their_phone.digits, "acme alone hears this")
        self.theirs.wait_message("acme alone hears this")
        polling.join(20)
        self.assertEqual(got[0]["events"], [])

    def test_keys_are_not_in_the_log(self):
        text = self.gateway.tail(1_000_000)
        for key in self.tenants.values():
            self.assertNotIn(key, text)


class StreamsTest(GatewayCase):
    """What is no plain question and answer: streams of events, tickets for them, links to files, codes for pairing, and what is logged."""

    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    @classmethod
    def environment(cls):
        return {"WAGATE_MEDIA_LINK_SECONDS": "600"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        play = cls("__str__")
        cls.theirs, cls.their_phone = play.new_paired("acme", "acme-shop")
        cls.own, cls.own_phone = play.new_paired("globex", "globex-shop")
        cls.partner = cls.sandbox.account()

    def setUp(self):
        self.api = self.gateway.tenant("globex")

    def ticket(self, key: str, **headers) -> str:
        answer = Api(self.gateway.base, key).request("POST", "/api/v1/ws-ticket", headers=headers)
        self.assertEqual(answer.status, 201, str(answer))
        return answer.json()["ticket"]

    def streams(self, **query):
        """One of each kind, with a key and with a ticket of the own tenant."""
        key = self.tenants["globex"]
        return [kind(self.gateway.base, shown, **query, **more) for kind in (WebSocketStream, ServerSentEvents)
                for shown, more in ((key, {}), ("", {"ticket": self.ticket(key)}))]

    def both_get_a_message(self, text: str):
        """Another tenant's first: what came of it would be there when the own one is."""
        self.partner.send(self.their_phone.digits, f"{text} for acme")
        self.theirs.wait_message(f"{text} for acme")
        self.partner.send(self.own_phone.digits, f"{text} for globex")

    def test_streams_carry_the_own_tenants_events_only(self):
        streams = self.streams(events="*")
        for stream in streams:
            self.addCleanup(stream.close)
        self.both_get_a_message("streamed")
        for stream in streams:
            stream.wait_message("streamed for globex")
            self.assertNotIn("acme", json.dumps(stream.events()))

    def test_a_stream_of_another_tenants_session_is_one_of_none(self):
        for kind in (WebSocketStream, ServerSentEvents):
            told = []
            for name in ("acme-shop", "none-shop"):
                with self.assertRaises(Refused) as refused:
                    kind(self.gateway.base, self.tenants["globex"], session=name)
                told.append((refused.exception.status, str(refused.exception).replace(name, "<ID>")))
            self.assertEqual(told[0], told[1])
            self.assertIn(told[0][0], (400, 404, 422))

    def test_another_tenants_place_in_the_log_is_no_place(self):
        event = self.gateway.tenant("acme").get("/api/v1/events?since=0&limit=1")["events"][0]["id"]
        never = event[:-1] + ("0" if event[-1] != "0" else "1")
        for kind in (WebSocketStream, ServerSentEvents):
            told = []
            for place in (event, never):
                with self.assertRaises(Refused) as refused:
                    kind(self.gateway.base, self.tenants["globex"], since=place)
                told.append(str(refused.exception).replace(place, "<ID>"))
            self.assertEqual(told[0], told[1])

    def test_a_long_poll_wakes_for_the_own_tenant_only(self):
        since = self.api.get("/api/v1/events")["cursor"]
        got = []
        polling = threading.Thread(target=lambda: got.append(self.api.get(f"/api/v1/events?since={since}&events=message&wait=20")))
        polling.start()
        self.both_get_a_message("polled")
        polling.join(40)
        self.assertEqual([entry["payload"]["body"] for entry in got[0]["events"]], ["polled for globex"])

    def test_a_ticket_is_for_one_tenant(self):
        admin = self.gateway.api.key
        for kind in (WebSocketStream, ServerSentEvents):
            # Of the tenant in whose place the administrator has asked for it, not of the administrator's own.
            stream = kind(self.gateway.base, "", session="acme-shop", events="message", ticket=self.ticket(admin, **{"X-Tenant": "acme"}))
            self.addCleanup(stream.close)
            self.both_get_a_message(f"{kind.__name__} by ticket")
            stream.wait_message(f"{kind.__name__} by ticket for acme")
            self.assertNotIn("globex", json.dumps(stream.events()))
            for ticket in (self.ticket(admin), self.ticket(self.tenants["globex"]), self.ticket(admin, **{"X-Tenant": "globex"})):
                with self.assertRaises(Refused) as refused:
                    kind(self.gateway.base, "", session="acme-shop", ticket=ticket)
                self.assertIn(refused.exception.status, (400, 404, 422))
        # Nobody else buys one in another's place.
        foreign = self.api.request("POST", "/api/v1/ws-ticket", headers={"X-Tenant": "acme"})
        missing = self.api.request("POST", "/api/v1/ws-ticket", headers={"X-Tenant": "never-was"})
        self.assertEqual((foreign.status, foreign.body), (404, missing.body))

    def file_at(self, session, phone) -> str:
        """The signed link to a file that has come in."""
        sent = self.sandbox.api.post(f"/control/accounts/{self.partner.phone}/send", {
            "to": phone.digits, "media": {"data": base64.b64encode(session.name.encode()).decode(), "mimetype": "image/png", "kind": "image"}}, expect=201)["id"]
        told = self.hooks.wait("message", lambda delivery: bare_id(delivery.payload.get("id")) == sent, 30, session.name,
                               path=session.endpoint, what=f"message {sent}")
        return told.payload["media"]["url"]

    def test_a_signed_link_opens_its_own_file_only(self):
        theirs, own = (urllib.parse.urlsplit(self.file_at(*pair)) for pair in ((self.theirs, self.their_phone), (self.own, self.own_phone)))
        visitor = Api(self.gateway.base)
        self.assertEqual(visitor.request("GET", f"{theirs.path}?{theirs.query}").body, b"acme-shop")
        self.assertEqual(visitor.request("GET", f"{own.path}?{own.query}").body, b"globex-shop")
        never = visitor.request("GET", f"{theirs.path.replace('/acme/', '/none/')}?{own.query}")
        # The own signature on another tenant's file, on a file of that tenant that never was, and none at all.
        for path in (theirs.path, theirs.path.rsplit("/", 1)[0] + "/none.png", own.path.replace("globex", "acme")):
            answer = visitor.request("GET", f"{path}?{own.query}")
            self.assertEqual((answer.status, answer.body), (403, never.body), path)
            self.assertEqual(visitor.request("GET", path).status, 403)
        # By key it is a file that is not there.
        name = theirs.path.rsplit("/", 1)[1]
        foreign = self.api.request("GET", f"/api/files/acme-shop/{name}")
        missing = self.api.request("GET", f"/api/files/none-shop/{name}")
        self.assertEqual(foreign.status, 404)
        self.assertEqual(foreign.body.replace(b"acme-shop", b"<ID>"), missing.body.replace(b"none-shop", b"<ID>"))

    def test_codes_for_pairing_are_their_own_tenants(self):
        session = self.new_session("acme", "acme-unpaired")
        session.wait_status("SCAN_QR_CODE")
        code = session.qr()
        for ask in (lambda name: self.api.request("GET", f"/api/{name}/auth/qr"),
                    lambda name: self.api.request("GET", f"/api/{name}/auth/qr?format=raw"),
                    lambda name: self.api.request("POST", f"/api/{name}/auth/request-code", {"phoneNumber": self.partner.phone})):
            foreign, missing = ask("acme-unpaired"), ask("none-unpaired")
            self.assertEqual((foreign.status, foreign.body.replace(b"acme-", b"<ID>")), (missing.status, missing.body.replace(b"none-", b"<ID>")))
            self.assertIn(foreign.status, (404, 422))
        self.assertNotIn(code, self.gateway.tail(1_000_000))
        self.assertEqual(session.status(), "SCAN_QR_CODE")

    def test_logs_name_what_a_request_named_and_nobody_elses_secrets(self):
        for path in ("/api/sessions/acme-shop", "/api/acme-shop/chats", "/api/v1/events?session=acme-shop"):
            self.api.request("GET", path)
        # A line about another tenant's session says that tenant; none puts its session under the one who asked.
        for line in self.gateway.tail(1_000_000).splitlines():
            if line.startswith("{") and "acme-shop" in line:
                self.assertNotEqual(json.loads(line).get("tenant"), "globex", line)
        everything = self.gateway.tail(1_000_000)
        for secret in (*self.tenants.values(), self.ticket(self.tenants["globex"])):
            self.assertNotIn(secret, everything)
        self.assertIsNone(re.search(r"wst_[0-9a-f]{20}", everything))
        # The log of who did what.
        acme = self.gateway.tenant("acme")
        made = acme.post("/api/v1/keys", {"name": "made by acme"})["id"].encode()
        self.assertIn(made, acme.request("GET", "/api/v1/audit").body)
        own = self.api.request("GET", "/api/v1/audit")
        self.assertEqual(own.status, 200)
        self.assertNotIn(made, own.body)


if __name__ == "__main__":
    main()
