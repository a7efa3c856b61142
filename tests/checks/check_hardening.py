#!/usr/bin/env python3
"""Fails when a built program lacks what makes it harder to take over.

usage: check_hardening.py PROGRAM [--optimised]

Always: it is position independent, its relocations are read-only once it runs, nothing is both writable and
executable, and it looks for libraries in the system's places only. With --optimised, as it is shipped: protected stacks,
checked calls of the C library, assertions of the C++ library, and on x86-64 marked targets of jumps (CET).
"""
import re
import subprocess
import sys
from pathlib import Path


def readelf(program: str) -> str:
    run = subprocess.run(["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--dyn-syms", program],
                         capture_output=True, text=True, check=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    return run.stdout


def missing(text: str, optimised: bool, marks: int, least_marks: int = 1000) -> list[str]:
    """What readelf's words do not show. `marks` are the endbr64 instructions: not every linker writes the note on them."""
    found = []

    def expect(holds: object, what: str):
        if not holds:
            found.append(what)

    expect(re.search(r"^\s*Type:\s+DYN", text, re.M) and "PIE" in text, "not position independent (-pie)")
    expect("GNU_RELRO" in text, "relocations stay writable (-z relro)")
    expect(re.search(r"\bBIND_NOW\b|Flags:.*\bNOW\b", text), "symbols are bound late (-z now)")
    stack = re.search(r"^\s*GNU_STACK.*?(\bR\S*\s?\S*)\s+0x\S+$", text, re.M)
    expect(stack and "E" not in stack.group(1), "the stack is executable (-z noexecstack)")
    expect(not re.search(r"^\s*LOAD.*\sRWE\s", text, re.M), "a segment is writable and executable")
    expect(not re.search(r"\((RPATH|RUNPATH)\)", text), "looks for libraries in places of its own")
    expect("(TEXTREL)" not in text, "its code is changed at the start")
    if optimised:
        expect("__stack_chk_fail" in text, "stacks are not protected (-fstack-protector-strong)")
        expect(re.search(r"\b__(?:memcpy|memmove|memset|snprintf|read|vsnprintf|recv|fprintf|strcpy|strncpy)_chk\b", text),
               "calls of the C library are not checked (_FORTIFY_SOURCE)")
        expect("__glibcxx_assert_fail" in text, "assertions of the C++ library are off (_GLIBCXX_ASSERTIONS)")
        if "X86-64" in text:
            expect(marks > least_marks, "targets of jumps are not marked (-fcf-protection)")
    return found


if __name__ == "__main__":
    marks = Path(sys.argv[1]).read_bytes().count(b"\xf3\x0f\x1e\xfa")
    problems = missing(readelf(sys.argv[1]), "--optimised" in sys.argv, marks)
    print("\n".join(f"{sys.argv[1]}: {problem}" for problem in problems) or "hardened")
    sys.exit(bool(problems))
