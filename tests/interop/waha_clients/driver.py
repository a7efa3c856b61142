"""Runs a published client of WAHA for a test: JSON lines in, JSON lines out.

usage: driver.py MODULE CLASS BASE_URL KEY

In: {"call": "messages.send_text", "args": […], "kwargs": {…}, "model": "Label"}. A value {"$model": name, …} becomes the client's own
model of that name, {"$enum": name, "value": …} its enumeration. Out: {"ok": true, "result": …} or {"ok": false, "error": "…"}. With
`model` the answer is read as that model of the client, each element if it is a list.
"""

import base64
import enum
import importlib
import json
import sys


def find(name):
    """A model, wherever the client keeps them."""
    for module in ("generated.models", "types", "models"):
        try:
            return getattr(importlib.import_module(f"{sys.argv[1]}.{module}"), name)
        except (ImportError, AttributeError):
            continue
    raise LookupError(f"{sys.argv[1]} has no {name}")


def given(value):
    if isinstance(value, list):
        return [given(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "$enum" in value:
        return find(value["$enum"])(value["value"])
    fields = {key: given(entry) for key, entry in value.items() if key != "$model"}
    return find(value["$model"])(**fields) if "$model" in value else fields


def plain(value):
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(by_alias=True))
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def as_model(value, name):
    return [as_model(entry, name) for entry in value] if isinstance(value, list) else find(name)(**value)


def main():
    client = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])(base_url=sys.argv[3], api_key=sys.argv[4])
    print(json.dumps({"event": "ready"}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        target = client
        try:
            for part in asked["call"].split("."):
                target = getattr(target, part)
            result = target(*given(asked["args"]), **given(asked["kwargs"]))
            if asked["model"]:
                result = as_model(result, asked["model"])
            answer = {"ok": True, "result": plain(result)}
        except Exception as error:  # whatever the client makes of an answer that it does not like
            answer = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"id": asked["id"], **answer}), flush=True)


main()
