"""WAHA's OpenAPI document and wagate's own: which operations there are, and whether a request or an answer fits them."""

import functools
import json
import pathlib
import re

from harness import packages

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "delete", "patch")

# Fields that WAHA's document calls strings, objects or arrays in every case, and that its server leaves null where there is
# nothing to say. (Fields that are not required may be null in any schema: its server writes unset ones so.)
NULL_WHERE_EMPTY = {
    "WAMessage": {"source", "to", "participant", "body", "media", "mediaUrl"},  # of a message that is no own one, in no group, without a file
    "ChatSummary": {"lastMessage"},
    "WAHAEnvironment": {"browser"},
    "SessionInfo": {"presence"},
    "ChatPictureResponse": {"url"},
    "MyProfile": {"picture"},
    "LidToPhoneNumber": {"lid", "pn"},
    "ApiKeyDTO": {"session", "actions"},
}
# Where the document is wrong about its own server.
CORRECTED = {
    ("SessionInfo", "presence"): {"enum": ["online", "offline", None]},  # an object in the document
    ("WebhookConfig", "events"): {"type": "array", "items": {"type": "string"}},  # objects in the document
}
# Answers of which the document says "object".
LISTS = {"GET /api/{session}/groups"}


class Operation:
    """One method of one path."""

    def __init__(self, document: "Document", method: str, path: str, given: dict):
        self.document = document
        self.method = method.upper()
        self.path = path
        self.name = f"{self.method} {path}"
        self.key = key(self.name)
        self.deprecated = given.get("deprecated", False)
        self.parameters = [document.resolved(one) for one in given.get("parameters", [])]
        self.body = document.resolved(given.get("requestBody", {})).get("content", {}).get("application/json", {}).get("schema")
        self.answers = {int(status): document.resolved(answer).get("content", {}) for status, answer in given["responses"].items()
                        if status.isdigit()}

    @property
    def successes(self) -> set[int]:
        return {status for status in self.answers if status < 300}

    def problems(self, status: int, kind: str, value) -> list[str]:
        """What of an answer's JSON is not as the document says; nothing where the document does not say anything."""
        schema = self.answers.get(status, {}).get(kind, {}).get("schema")
        if self.name in LISTS and schema == {"type": "object"}:
            schema = {"type": "array", "items": {"type": "object"}}
        return self.document.mismatches(schema, value) if schema else []


class Document:
    def __init__(self, path: pathlib.Path, loosened: bool):
        """`loosened` reads the schemas as WAHA's server means them."""
        self.given = json.loads(path.read_text(encoding="utf-8"))
        self.schemas = self.given["components"]["schemas"]
        if loosened:
            self.schemas = {name: _loosened(schema, name) for name, schema in self.schemas.items()}
        self._loosened = loosened
        self.operations = {}
        for route, item in self.given["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = Operation(self, method, route, item[method])
                    self.operations[operation.key] = operation

    def resolved(self, node: dict) -> dict:
        while "$ref" in node:
            target = self.given
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target[part]
            node = target
        return node

    def schema(self, node: dict) -> dict:
        """A schema without references at its top."""
        while "$ref" in node:
            node = self.schemas[node["$ref"].rsplit("/", 1)[1]]
        if len(node.get("allOf", [])) == 1:
            return self.schema(node["allOf"][0])
        return node

    def mismatches(self, schema: dict, value) -> list[str]:
        found = []
        for error in self._validator(json.dumps(schema, sort_keys=True)).iter_errors(value):
            where = "/".join(str(part) for part in error.instance_path)
            found.append(f"{where or '(all of it)'}: {error.message[:300]}")
        return found

    @functools.cache
    def _validator(self, text: str):
        packages.use(pathlib.Path(__file__).parent / "requirements.txt")
        import jsonschema_rs

        schema = json.loads(text)
        if self._loosened:
            schema = _loosened(schema, "")
        return jsonschema_rs.Draft202012Validator({**schema, "components": {"schemas": self.schemas}})


def key(name: str) -> str:
    """`GET /api/{session}/chats/{chatId}` to the same text for any names of parameters."""
    return re.sub(r"\{[^}]*\}", "{}", name)


def or_null(schema: dict) -> dict:
    """What fits `schema`, or null. Not by anyOf, which would only say that neither fits."""
    return {"if": {"not": {"type": "null"}}, "then": schema} if schema else {}


def _loosened(schema: dict, name: str) -> dict:
    changed = dict(schema)
    for combination in ("oneOf", "anyOf", "allOf"):
        if combination in changed:
            changed[combination] = [_loosened(option, "") for option in changed[combination]]
    for inner in ("items", "additionalProperties"):
        if isinstance(changed.get(inner), dict):
            changed[inner] = _loosened(changed[inner], "")
    required = changed.get("required", [])
    if "properties" in changed:
        changed["properties"] = {
            field: CORRECTED.get((name, field)) or (or_null(_loosened(child, "")) if field not in required or field in NULL_WHERE_EMPTY.get(name, ())
                                                    else _loosened(child, ""))
            for field, child in changed["properties"].items()}
    if changed.pop("nullable", False):
        changed = or_null(changed)
    return changed


@functools.cache
def waha() -> Document:
    return Document(pathlib.Path(__file__).parent / "waha-openapi.json", loosened=True)


@functools.cache
def ours() -> Document:
    return Document(ROOT / "api" / "openapi.json", loosened=False)
