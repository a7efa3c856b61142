"""Nothing of WAHA's document is left out in silence, and nothing that is said about an operation is out of date."""

import re
import sys

from stage import Stage  # noqa: F401, first: it knows where the harness is
from harness import HarnessCase, main

import document
import registry
import test_answers
import test_bad_input

CASES = registry.load()


class CoverageTest(HarnessCase):
    def test_every_operation_has_a_case_or_a_reason(self):
        for key, operation in document.waha().operations.items():
            with self.subTest(operation.name):
                reasons = {document.key(name) for name in registry.NOT_OURS}
                self.assertTrue((key in CASES) != (key in reasons), "one of both: a case in cases/, or a reason in registry.NOT_OURS")

    def test_every_case_and_reason_is_of_an_operation_with_its_exact_name(self):
        names = {operation.name for operation in document.waha().operations.values()}
        self.assertEqual({case.operation for case in CASES.values()} - names, set())
        self.assertEqual(set(registry.NOT_OURS) - names, set())

    def test_what_has_a_reason_is_not_served(self):
        served = {document.key(name) for name in registry.NOT_OURS} & set(document.ours().operations)
        self.assertEqual(served, set(), "these are served: write cases for them")

    def test_every_served_operation_of_the_document_is_played_and_damaged(self):
        played = {test.__doc__ for suite in vars(test_answers).values() if isinstance(suite, type) and issubclass(suite, test_answers.AnswersCase)
                  for name, test in vars(suite).items() if name.startswith("test_") and not getattr(test, "__unittest_skip__", False)}
        damaged = {test.__doc__ for suite in vars(test_bad_input).values() if isinstance(suite, type) and issubclass(suite, test_bad_input.BadInputCase)
                   for name, test in vars(suite).items() if name.startswith("test_") and not getattr(test, "__unittest_skip__", False)}
        served = {operation.name for key, operation in document.waha().operations.items() if key in document.ours().operations}
        self.assertEqual((played, damaged), (served, served))

    def test_what_waits_for_its_route_is_listed(self):
        waiting = sorted(case.operation for case in CASES.values() if not case.served)
        missing = {operation.name for key, operation in document.waha().operations.items()
                   if key not in document.ours().operations and operation.name not in registry.NOT_OURS}
        self.assertEqual(set(waiting), missing)
        print("\nNot served; their cases wait for api/openapi.json:", *(waiting or ["(none)"]), sep="\n  ", file=sys.stderr)

    def test_every_operation_that_is_told_to_be_compatible_has_a_case(self):
        """docs/waha-compatibility.md names the operations of WAHA that are served; each is backed by a case."""
        text = (document.ROOT / "docs" / "waha-compatibility.md").read_text(encoding="utf-8")
        rows = [row for row in text.partition("\n## Routes\n")[2].partition("\n## ")[0].split("\n") if row.startswith("| `")]
        theirs = document.waha().operations
        for row in rows:
            for name in re.findall(r"`((?:GET|POST|PUT|DELETE|PATCH) /[^`\s?]*)`", row.split("|")[1]):
                if document.key(name) in theirs:
                    with self.subTest(name):
                        self.assertIn(document.key(name), CASES)


if __name__ == "__main__":
    main()
