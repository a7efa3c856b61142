#!/usr/bin/env python3
"""Prints the closing line of a test run, "N passed, N failed[, N skipped]", from CTest's JUnit report.

usage: summary.py REPORT.xml

What was skipped or has failed is named above that line. Exit code 1 when a test failed or none passed.
"""
import sys
import xml.etree.ElementTree as xml


def outcome(case: xml.Element) -> str:
    """CTest calls a test that could not run at all "skipped" too; only one that asked for it is."""
    if case.get("status") == "run":
        return "passed"
    skipped = case.find("skipped")
    asked = skipped is not None and skipped.get("message", "").startswith("SKIP_")
    return "skipped" if asked or case.get("status") == "disabled" else "failed"


def reason(case: xml.Element) -> str:
    lines = (case.findtext("system-out") or "").split("\n")
    return next((" (" + line.strip() + ")" for line in lines if "SKIPPED" in line), "")


def summarise(report: str) -> tuple[list[str], bool]:
    """The lines to print, and whether all is well."""
    cases: dict[str, list[xml.Element]] = {"passed": [], "failed": [], "skipped": []}
    for case in xml.parse(report).getroot().iter("testcase"):
        cases[outcome(case)].append(case)
    lines = [f"{kind}: {case.get('name')}{reason(case) if kind == 'skipped' else ''}"
             for kind in ("skipped", "failed") for case in cases[kind]]
    closing = f"{len(cases['passed'])} passed, {len(cases['failed'])} failed"
    if cases["skipped"]:
        closing += f", {len(cases['skipped'])} skipped"
    return [*lines, closing], bool(cases["passed"]) and not cases["failed"]


def main(report: str) -> int:
    try:
        lines, is_well = summarise(report)
    except (OSError, xml.ParseError) as error:
        print(f"no test report: {error}", file=sys.stderr)
        return 1
    print("\n".join(lines), flush=True)
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
