#!/usr/bin/env python3
"""Reduces WAHA's OpenAPI document to what the contract tests read: operations, parameters, schemas; no prose, no examples.

usage: trim_document.py WAHA.json > waha-openapi.json
"""

import json
import sys

SCHEMA_KEYS = {"type", "enum", "format", "nullable", "$ref", "required", "properties", "items", "oneOf", "anyOf", "allOf",
               "additionalProperties", "minItems", "maxItems", "minimum", "maximum"}
METHODS = ("get", "post", "put", "delete", "patch")


def schema(given):
    if not isinstance(given, dict):
        return given
    kept = {key: value for key, value in given.items() if key in SCHEMA_KEYS}
    for key in ("oneOf", "anyOf", "allOf"):
        if key in kept:
            kept[key] = [schema(option) for option in kept[key]]
    for key in ("items", "additionalProperties"):
        if key in kept:
            kept[key] = schema(kept[key])
    if "properties" in kept:
        kept["properties"] = {name: schema(child) for name, child in kept["properties"].items()}
    if not isinstance(kept.get("required", []), list):
        del kept["required"]  # a flag at a property, which no version of JSON Schema knows
    return kept


def content(holder):
    return {kind: {"schema": schema(media.get("schema", {}))} for kind, media in holder.get("content", {}).items()}


def operation(given):
    kept = {"responses": {status: {"description": "", "content": content(answer)} for status, answer in given["responses"].items()}}
    if given.get("deprecated"):
        kept["deprecated"] = True
    if given.get("parameters"):
        kept["parameters"] = [{"name": one["name"], "in": one["in"], "required": one.get("required", False), "schema": schema(one.get("schema", {}))}
                              for one in given["parameters"]]
    if "requestBody" in given:
        kept["requestBody"] = {"required": given["requestBody"].get("required", False), "content": content(given["requestBody"])}
    return kept


def trimmed(document):
    paths = {path: {method: operation(item[method]) for method in METHODS if method in item} for path, item in document["paths"].items()}
    schemas = {name: schema(one) for name, one in document["components"]["schemas"].items()}
    # Only what an operation reaches.
    reached, waiting = set(), [json.dumps(paths)]
    while waiting:
        text = waiting.pop()
        for name, one in schemas.items():
            if name not in reached and f'"#/components/schemas/{name}"' in text:
                reached.add(name)
                waiting.append(json.dumps(one))
    info = {"title": "WAHA - WhatsApp HTTP API", "version": document["info"]["version"], "license": {"name": "Apache License 2.0"}}
    return {"openapi": document["openapi"], "info": info, "paths": paths,
            "components": {"schemas": {name: one for name, one in schemas.items() if name in reached}}}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        json.dump(trimmed(json.load(file)), sys.stdout, indent=1, ensure_ascii=False)
    print()
