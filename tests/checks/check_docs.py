#!/usr/bin/env python3
"""Fails when the documents and the code have drifted apart.

usage: check_docs.py [repository root]

Checked: every relative link leads to a file; every test that docs/security.md names is there; every environment variable the daemon reads is in README.md and the other
way round; every route of api/openapi.json is in docs/waha-compatibility.md and the other way round; no operationId is there twice.
"""
import json
import re
import sys
from pathlib import Path

LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")
VARIABLE = re.compile(r"\b(?:WAGATE|WAHA|WHATSAPP)_[A-Z0-9_]*[A-Z0-9]\b")
CODE_VARIABLE = re.compile(r'"((?:WAGATE|WAHA|WHATSAPP)_[A-Z0-9_]+)"')
TEST_PATH = re.compile(r"`(tests/[^`\s]+)`")
ROUTE = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`\s?]*)`")


def broken_links(root: Path):
    documents = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]
    for document in documents:
        for target in LINK.findall(document.read_text(encoding="utf-8")):
            if "://" not in target and not (document.parent / target).exists():
                yield f"{document.relative_to(root)}: link to {target} leads nowhere"


def table_rows(text: str, heading: str) -> str:
    """The table rows below a heading."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(line for line in section.split("\n") if line.startswith("|"))


def variables(root: Path):
    sources = [path for folder in ("tools/wagate", "gateway/config") for path in (root / folder).rglob("*.cpp")]
    read = {name for path in sources for name in CODE_VARIABLE.findall(path.read_text(encoding="utf-8"))}
    # The first cell of each row names the variables.
    cells = [line.split("|")[1] for line in table_rows((root / "README.md").read_text(encoding="utf-8"), "Configuration").split("\n")[2:]]
    told = set(VARIABLE.findall("\n".join(cells)))
    yield from (f"README.md: {name} is not in the configuration table" for name in sorted(read - told))
    yield from (f"README.md: {name} is in the configuration table, but nothing reads it" for name in sorted(told - read))


def routes(root: Path):
    document = json.loads((root / "api/openapi.json").read_text(encoding="utf-8"))
    served = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods
              if method in ("get", "post", "put", "patch", "delete")}
    text = (root / "docs/waha-compatibility.md").read_text(encoding="utf-8")
    told = {f"{method} {path}" for method, path in ROUTE.findall(table_rows(text, "Routes"))}
    yield from (f"docs/waha-compatibility.md: {route} is served and not listed" for route in sorted(served - told))
    yield from (f"docs/waha-compatibility.md: {route} is listed and not served" for route in sorted(told - served))


def operation_ids(root: Path):
    """Generated clients name their methods after them."""
    document = json.loads((root / "api/openapi.json").read_text(encoding="utf-8"))
    seen: dict[str, str] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = operation.get("operationId") if isinstance(operation, dict) else None
            if name is not None and name in seen:
                yield f"api/openapi.json: {method.upper()} {path} and {seen[name]} have the same operationId {name}"
            elif name is not None:
                seen[name] = f"{method.upper()} {path}"


def named_tests(root: Path):
    """A promise is worth as much as the test that is named for it."""
    document = root / "docs/security.md"
    text = document.read_text(encoding="utf-8") if document.exists() else ""
    for path in sorted(set(TEST_PATH.findall(text))):
        if not (root / path).exists():
            yield f"docs/security.md: {path} is not there"


def check(root: Path) -> list[str]:
    return [*broken_links(root), *named_tests(root), *variables(root), *routes(root), *operation_ids(root)]


if __name__ == "__main__":
    found = check(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) or "documents agree with the code")
    sys.exit(bool(found))
