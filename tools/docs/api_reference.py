#!/usr/bin/env python3
"""Makes docs/api-reference.md from api/openapi.json.

usage: api_reference.py [--check] [--fill] [repository root]

--check   writes nothing; exit code 1 when the document is incomplete or the reference is not what would be written
--fill    first gives the schemas that need one an example made of their fields; look at what it wrote

An operation is complete when it has a summary, a success answer with a schema and an example (or "x-empty-body": true), an
example of its body, and at least one error answer with a schema and an example.
"""
import argparse
import json
import re
import sys
from pathlib import Path

METHODS = ("get", "post", "put", "patch", "delete")
REFERENCE = Path("docs/api-reference.md")
DOCUMENT = Path("api/openapi.json")
HOW = "run `./dev reference`, and commit api/openapi.json with docs/api-reference.md"
DEPTH = 6

# What fields of these names hold, where the schema does not say.
TYPICAL = {
    "id": "true_4915112345678@c.us_3EB0A1B2C3D4E5F60718", "messageId": "false_4915112345678@c.us_3EB0A1B2C3D4E5F60718", "session": "default", "name": "Ada",
    "chatId": "4915112345678@c.us", "contactId": "4915112345678@c.us", "from": "4915112345678@c.us", "phone": "4915112345678", "pn": "4915112345678@c.us",
    "lid": "123456789012345@lid", "text": "Hello", "body": "Hello", "title": "Team", "subject": "Team", "description": "What it is about", "caption": "Look",
    "url": "https://app.example.com/file", "mimetype": "image/jpeg", "filename": "file.jpg", "data": "aGVsbG8=", "timestamp": 1741249702, "emoji": "👍",
    "reaction": "👍", "participants": ["4915112345678@c.us"], "picture": None, "invite": "https://whatsapp.com/channel/0029Va4K0PZ5a245NkngBA2M",
    "latitude": 52.52, "longitude": 13.405, "status": "ok", "success": True,
}


class Document:
    def __init__(self, root: dict):
        self.root = root
        self.schemas = root["components"]["schemas"]

    def resolve(self, value: dict) -> dict:
        for _ in range(10):
            reference = value.get("$ref")
            if reference is None:
                return value
            at = self.root
            for part in reference.removeprefix("#/").split("/"):
                at = at[part.replace("~1", "/").replace("~0", "~")]
            value = at
        raise ValueError(f"references in a circle: {value}")

    def operations(self):
        for path, item in self.root["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), path, item[method]

    # ---------------------------------------------------------------- examples

    def given_example(self, schema: dict, depth: int = 0):
        """The example that a schema has of itself, in a list if it is one of those; raises LookupError."""
        resolved = self.resolve(schema)
        if "example" in resolved:
            return resolved["example"]
        if resolved.get("examples"):
            return resolved["examples"][0]
        if resolved.get("type") == "array" and depth < 3:
            return [self.given_example(resolved["items"], depth + 1)]
        raise LookupError

    def examples(self, media: dict) -> list[tuple[str, object]]:
        if "example" in media:
            return [("", media["example"])]
        if media.get("examples"):
            return [(name, self.resolve(example)["value"]) for name, example in media["examples"].items()]
        try:
            return [("", self.given_example(media.get("schema", {})))]
        except LookupError:
            return []

    def made_up(self, schema: dict, name: str = "", depth: int = 0):
        """An example put together from the examples, defaults and names of fields."""
        schema = self.resolve(schema)
        for key in ("example", "default", "const"):
            if schema.get(key) is not None:
                return schema[key]
        for key in ("enum", "examples"):
            if schema.get(key):
                return schema[key][0]
        if "allOf" in schema:
            merged = {}
            for part in schema["allOf"]:
                value = self.made_up(part, name, depth)
                if not isinstance(value, dict):
                    return value
                merged |= value
            return merged
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return self.made_up(schema[key][0], name, depth)
        kinds = [kind for kind in _list(schema.get("type", "object" if "properties" in schema else "null"))]
        kind = next((kind for kind in kinds if kind != "null"), "null")
        if depth >= DEPTH or ("null" in kinds and name not in TYPICAL and kind in ("object", "array")):
            return None if "null" in kinds else {"object": {}, "array": []}.get(kind)
        if kind == "object":
            return {field: self.made_up(part, field, depth + 1) for field, part in schema.get("properties", {}).items() if not self.resolve(part).get("deprecated")}
        if name in TYPICAL and _fits(TYPICAL[name], kind):
            return TYPICAL[name]
        if kind == "array":
            return [self.made_up(schema.get("items", {}), name.rstrip("s"), depth + 1)]
        if "null" in kinds:
            return None
        return {"string": _word(name), "integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "boolean": True}.get(kind)

    def fill(self):
        """Gives an example to every schema that an operation shows without one."""
        for _, _, operation in self.operations():
            holders = [self.resolve(response) for status, response in operation["responses"].items()]
            if "requestBody" in operation:
                holders.append(self.resolve(operation["requestBody"]))
            for holder in holders:
                for kind, media in holder.get("content", {}).items():
                    if self.examples(media):
                        continue
                    schema = media.setdefault("schema", {})
                    if not kind.endswith("json"):
                        media["example"] = f"({kind})"
                        continue
                    while self.resolve(schema).get("type") == "array":
                        schema = self.resolve(schema)["items"]
                    target = self.resolve(schema)
                    target["example"] = self.made_up(target)


def _list(value) -> list:
    return value if isinstance(value, list) else [value]


def _fits(value, kind: str) -> bool:
    return {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list}.get(kind, ()) and isinstance(value, {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list}[kind])


def _word(name: str) -> str:
    return name or "text"


# ---------------------------------------------------------------------------- what is missing

def problems(document: Document):
    for method, path, operation in document.operations():
        name = f"{method} {path}"
        if not operation.get("summary"):
            yield f"{name}: no summary"
        body = operation.get("requestBody")
        if body and not all(document.examples(media) for media in document.resolve(body)["content"].values()):
            yield f"{name}: no example of the body"
        successes = failures = 0
        for status, response in operation["responses"].items():
            response = document.resolve(response)
            content = response.get("content", {})
            is_failure = status[0] in "45d"
            if not response.get("description"):
                yield f"{name}: {status} has no description"
            if not content and status[0] == "2" and not response.get("x-empty-body"):
                yield f"{name}: {status} has no schema (or \"x-empty-body\": true)"
            for kind, media in content.items():
                if not media.get("schema"):
                    yield f"{name}: {status} {kind} has no schema"
                if not document.examples(media):
                    yield f"{name}: {status} {kind} has no example"
            failures += is_failure and bool(content)
            successes += not is_failure
        if not successes:
            yield f"{name}: no answer of success"
        if not failures:
            yield f"{name}: no answer with the shape of an error"


# ---------------------------------------------------------------------------- the page

def one_line(text) -> str:
    return re.sub(r"\s+", " ", str(text or "")).strip().replace("|", "\\|")


def anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-")


class Page:
    def __init__(self, document: Document):
        self.document = document
        self.lines: list[str] = []
        self.used: set[str] = set()

    def add(self, *lines: str):
        self.lines.extend(lines)

    def type_of(self, schema: dict) -> str:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            if schema["$ref"].startswith("#/components/schemas/"):
                self.used.add(name)
                return f"[{name}](#{anchor(name)})"
            schema = self.document.resolve(schema)
        for key, word in (("oneOf", " or "), ("anyOf", " or "), ("allOf", " with ")):
            if key in schema:
                return word.join(dict.fromkeys(self.type_of(part) for part in schema[key]))
        if schema.get("enum"):
            shown = [json.dumps(value, ensure_ascii=False) for value in schema["enum"][:12]]
            return ", ".join(f"`{value}`" for value in shown) + (", …" if len(schema["enum"]) > 12 else "")
        kinds = _list(schema.get("type", "object" if "properties" in schema else "any"))
        words = [f"array of {self.type_of(schema.get('items', {}))}" if kind == "array" else kind for kind in kinds]
        return " or ".join(words)

    def fields(self, schema: dict):
        required = set(schema.get("required", []))
        self.add("| field | type | |", "|---|---|---|")
        for name, part in schema.get("properties", {}).items():
            resolved = self.document.resolve(part)
            about = one_line(part.get("description") or resolved.get("description"))
            notes = [note for note, holds in (("required", name in required), ("deprecated", resolved.get("deprecated"))) if holds]
            if resolved.get("default") is not None:
                notes.append(f"default `{json.dumps(resolved['default'], ensure_ascii=False)}`")
            text = f"{about} ({', '.join(notes)})" if about and notes else about or ", ".join(notes)
            self.add(f"| `{name}` | {one_line(self.type_of(part)) if '](#' not in self.type_of(part) else self.type_of(part)} | {text} |")
        self.add("")

    def example(self, media: dict, only_first: bool = False):
        found = self.document.examples(media)
        for name, value in found[:1] if only_first else found:
            if name:
                self.add(f"{name}:", "")
            self.add("```json", json.dumps(value, ensure_ascii=False, indent=2), "```", "") if not isinstance(value, str) else self.add("```", value, "```", "")

    def operation(self, method: str, path: str, operation: dict):
        self.add(f"### {method} {path}", "")
        notes = [operation["summary"].rstrip(".") + "."]
        if operation.get("deprecated"):
            notes.append("Deprecated.")
        if operation.get("security") == []:
            notes.append("Needs no key.")
        self.add(" ".join(notes), "")
        if operation.get("description"):
            self.add(operation["description"].strip(), "")
        parameters = [self.document.resolve(parameter) for parameter in operation.get("parameters", [])]
        if parameters:
            self.add("| parameter | in | type | |", "|---|---|---|---|")
            for parameter in parameters:
                schema = parameter.get("schema", {})
                about = one_line(parameter.get("description"))
                if parameter.get("required") and parameter["in"] != "path":
                    about += " (required)"
                if self.document.resolve(schema).get("default") is not None:
                    about += f" (default `{json.dumps(self.document.resolve(schema)['default'])}`)"
                self.add(f"| `{parameter['name']}` | {parameter['in']} | {self.type_of(schema)} | {about.strip()} |")
            self.add("")
        if "requestBody" in operation:
            for kind, media in self.document.resolve(operation["requestBody"])["content"].items():
                self.add(f"Body, {kind}: {self.type_of(media.get('schema', {}))}", "")
                if "example" in media or media.get("examples"):
                    self.example(media)
        shown = False
        failures = []
        for status, response in operation["responses"].items():
            if status[0] not in "123":
                failures.append(self.failure(status, response))
                continue
            response = self.document.resolve(response)
            content = response.get("content", {})
            what = "; ".join(f"{kind}: {self.type_of(media.get('schema', {}))}" for kind, media in content.items()) or "no body"
            self.add(f"**{status}** {one_line(response['description'])} ({what})", "")
            for kind, media in content.items():
                # What is an example of the schema stands there, once.
                if kind.endswith("json") and not shown and ("example" in media or media.get("examples")):
                    self.example(media, only_first=True)
                    shown = True
        if failures:
            self.add("Errors: " + "; ".join(failures), "")

    def failure(self, status: str, response: dict) -> str:
        reference = response.get("$ref")
        if reference:
            name = reference.rsplit("/", 1)[1]
            return f"{status} [{name}](#{anchor('Error ' + name)})"
        content = response.get("content", {})
        shape = next((f" ({self.type_of(media['schema'])})" for media in content.values() if "schema" in media), "")
        return f"{status} {one_line(response['description']).rstrip('.')}{shape}"

    def schema(self, name: str):
        schema = self.document.schemas[name]
        self.add(f"### {name}", "")
        if schema.get("description"):
            self.add(one_line(schema["description"]), "")
        if schema.get("properties"):
            self.fields(schema)
        else:
            self.add(self.type_of(schema), "")
        if "example" in schema:
            self.example({"example": schema["example"]})

    def text(self) -> str:
        root = self.document.root
        self.add("# API reference", "",
                 "<!-- Made by tools/docs/api_reference.py from api/openapi.json: do not edit, run `./dev reference`. -->", "",
                 one_line(root["info"]["description"]), "",
                 "The key goes into the header `X-Api-Key`. The server shows the same at `/`, where requests can be tried, "
                 "and gives the document at `/openapi.json`. What differs from WAHA is in [WAHA compatibility](waha-compatibility.md).", "")
        by_tag: dict[str, list] = {tag["name"]: [] for tag in root["tags"]}
        for method, path, operation in self.document.operations():
            by_tag.setdefault((operation.get("tags") or ["Other"])[0], []).append((method, path, operation))
        about = {tag["name"]: tag.get("description", "") for tag in root["tags"]}
        for tag, operations in by_tag.items():
            if not operations:
                continue
            self.add(f"- **[{tag}](#{anchor(tag)})**")
            for method, path, operation in operations:
                self.add(f"  - [`{method} {path}`](#{anchor(f'{method} {path}')}) {one_line(operation['summary'])}")
        self.add("- **[Webhook events](#webhook-events)**", "- **[Errors](#errors)**", "- **[Schemas](#schemas)**", "")
        for tag, operations in by_tag.items():
            if not operations:
                continue
            self.add(f"## {tag}", "")
            if about.get(tag):
                self.add(about[tag].rstrip(".") + ".", "")
            for method, path, operation in operations:
                self.operation(method, path, operation)
        self.add("## Webhook events", "", "What webhooks, WebSockets and streams bring.", "", "| event | | shape |", "|---|---|---|")
        for name, item in root.get("webhooks", {}).items():
            operation = item["post"]
            content = self.document.resolve(operation["requestBody"])["content"]
            shapes = ", ".join(self.type_of(media["schema"]) for media in content.values())
            self.add(f"| `{name}` | {one_line(operation.get('summary'))} | {shapes} |")
        self.add("", "## Errors", "")
        for name, response in root["components"]["responses"].items():
            self.add(f"### Error {name}", "", one_line(response["description"]), "")
            for media in response.get("content", {}).values():
                self.add(f"Shape: {self.type_of(media['schema'])}", "")
                self.example(media)
        self.add("## Schemas", "")
        done: set[str] = set()
        body_end = len(self.lines)
        while self.used - done:  # a schema may name others
            name = sorted(self.used - done)[0]
            done.add(name)
            self.schema(name)
        # By name, whatever led to them.
        head, tail = self.lines[:body_end], "\n".join(self.lines[body_end:])
        blocks = sorted(block for block in re.split(r"(?m)^(?=### )", tail) if block.strip())
        return "\n".join(head) + "\n" + "\n".join(block.rstrip("\n") + "\n" for block in blocks)


def check(root: Path) -> list[str]:
    """What is wrong with the document, and whether the reference says what it says."""
    document = Document(json.loads((root / DOCUMENT).read_text(encoding="utf-8")))
    found = [f"{DOCUMENT}: {problem}" for problem in problems(document)]
    if found:
        return found + [f"complete {DOCUMENT} (`python3 tools/docs/api_reference.py --fill` makes missing examples), then {HOW}"]
    written = root / REFERENCE
    if not written.exists() or written.read_text(encoding="utf-8") != Page(document).text():
        return [f"{REFERENCE} is not what {DOCUMENT} says: {HOW}"]
    return []


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--fill", action="store_true")
    arguments.add_argument("root", nargs="?", default=".")
    options = arguments.parse_args()
    root = Path(options.root)
    if options.check:
        found = check(root)
        print("\n".join(found) or "the API reference says what the document says")
        return bool(found)
    document = Document(json.loads((root / DOCUMENT).read_text(encoding="utf-8")))
    if options.fill:
        document.fill()
        (root / DOCUMENT).write_text(json.dumps(document.root, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    found = list(problems(document))
    if found:
        print("\n".join(f"{DOCUMENT}: {problem}" for problem in found), file=sys.stderr)
        return 1
    (root / REFERENCE).write_text(Page(document).text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
