#!/usr/bin/env python3
"""Flags co_await expressions that g++ 12.2 miscompiles (double free, or an internal error).

usage: lint_coroutines.py FILE-OR-FOLDER...

Rule: a full expression that contains co_await creates no braced temporary, no lambda that captures by copy, and no
ternary. Name the value first, then move it. Not seen: an aggregate built with parentheses. A statement that was
reviewed is silenced by a comment on the flagged line:  // coro-ok: <reason>
"""
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#[^\n]*',
                   re.S | re.M)
TOKEN = re.compile(r"\d[\w']*|[A-Za-z_]\w*|->|::|&&|\S")
OPENS_BLOCK = {"else", "do", "try", "const", "noexcept", "mutable", "override", "final", ";", "}", ":", ")"}
CONDITION = {"if", "while", "switch", "for", "constexpr", "catch"}
TYPE_HEAD = {"struct", "class", "enum", "namespace", "union", "extern"}
SAFE_BRACED = {"seconds", "milliseconds", "minutes", "hours", "Milliseconds"}  # a number with a constructor


@dataclass
class Statement:
    awaits: bool = False
    faults: list[tuple[int, str]] = field(default_factory=list)


class Linter:
    def __init__(self, text: str):
        self.tokens: list[str] = []
        self.lines: list[int] = []
        masked = NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
        line, last = 1, 0
        for match in TOKEN.finditer(masked):
            line += masked.count("\n", last, match.start())
            last = match.start()
            self.tokens.append(match.group())
            self.lines.append(line)
        self.scopes = [Statement()]
        self.open: list[str] = []  # what each open bracket is: plain, condition, block or lambda
        self.found: list[tuple[int, str]] = []

    def run(self) -> list[tuple[int, str]]:
        for index, token in enumerate(self.tokens):
            if token == "co_await":
                self.scopes[-1].awaits = True
            elif token == "?":
                self.blame(index, "ternary")
            elif token == "(":
                self.enter("condition" if self.before(index) in CONDITION else "plain")
            elif token == "{":
                self.on_brace(index)
            elif token in ")}":
                self.leave()
            elif token == ";":
                self.finish()
        self.finish()
        return sorted(self.found)

    def on_brace(self, index: int):
        capture = self.lambda_capture(index)
        if capture is not None and any(part[0] not in ("&", "this", "*") for part in capture):
            self.blame(index, "copying lambda")
        kind = "lambda" if capture is not None else "block" if self.opens_block(index) else "plain"
        if kind == "plain" and self.before(index) not in SAFE_BRACED:
            self.blame(index, "braced temporary")
        self.enter(kind)

    def opens_block(self, index: int) -> bool:
        before = self.before(index)
        if before in ("", "{"):
            return not self.open or self.open[-1] != "plain"
        if before in OPENS_BLOCK:
            return True
        head = self.head(index)
        return bool(TYPE_HEAD & set(head)) or "->" in head and "=" not in head[head.index("->"):]

    def before(self, index: int) -> str:
        return self.tokens[index - 1] if index else ""

    def head(self, index: int) -> list[str]:
        """The tokens from the innermost open bracket, or the end of the last statement, to `index`; bracketed parts left out."""
        found, depth = [], 0
        for token in reversed(self.tokens[:index]):
            if token in ")]}":
                if depth == 0 and token == "}":
                    break
                depth += 1
            elif token in "([{":
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0:
                if token == ";":
                    break
                found.append(token)
        return found[::-1]

    def lambda_capture(self, brace: int) -> list[list[str]] | None:
        """The capture list when the `{` at `brace` opens a lambda's body."""
        tokens, index = self.tokens, brace - 1
        while index > 0 and tokens[index] not in (")", "]", ";", "{", "}"):
            index -= 1
        if index >= 0 and tokens[index] == ")":
            index = self.partner(index, "(", ")") - 1
        if index < 0 or tokens[index] != "]":
            return None
        start = self.partner(index, "[", "]")
        ahead = tokens[start - 1] if start > 0 else ""
        if ahead in (")", "]") or re.match(r"\w", ahead) and ahead not in ("return", "co_return", "co_await"):
            return None  # an index or an array
        parts, current, depth = [], [], 0
        for token in tokens[start + 1:index]:
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(token, 0)
            if token == "," and depth == 0:
                parts.append(current)
                current = []
            else:
                current.append(token)
        return [part for part in (*parts, current) if part]

    def partner(self, index: int, opener: str, closer: str) -> int:
        depth = 0
        while index >= 0:
            depth += {closer: 1, opener: -1}.get(self.tokens[index], 0)
            if depth == 0:
                return index
            index -= 1
        return 0

    def blame(self, index: int, what: str):
        self.scopes[-1].faults.append((self.lines[index], what))

    def enter(self, kind: str):
        self.open.append(kind)
        if kind != "plain":
            self.scopes.append(Statement())

    def leave(self):
        kind = self.open.pop() if self.open else "plain"
        if kind == "plain":
            return
        self.finish()
        self.scopes.pop()
        if kind == "block":
            self.finish()  # a block ends its statement; a lambda's body does not

    def finish(self):
        done, self.scopes[-1] = self.scopes[-1], Statement()
        if done.awaits:
            self.found.extend(done.faults)


def check_text(text: str) -> list[tuple[int, str]]:
    allowed = {number for number, line in enumerate(text.split("\n"), 1) if "coro-ok:" in line}
    return [(line, what) for line, what in Linter(text).run() if line not in allowed]


def main(roots: list[str]) -> int:
    files = [path for root in map(Path, roots)
             for path in ([root] if root.is_file() else sorted(root.rglob("*.[ch]pp")))]
    problems = [f"{path}:{line}: {what} in a co_await expression" for path in files
                for line, what in check_text(path.read_text(encoding="utf-8"))]
    print("\n".join(problems) or f"{len(files)} files clean")
    return bool(problems) or not files


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
