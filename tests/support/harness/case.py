"""The base of all black-box test classes, and their entry point."""

import os
import sys
import unittest

from harness import programs

SKIPPED = 77  # what CTest's SKIP_RETURN_CODE expects


def require(value, message: str):
    """Returns `value` when it is true. Otherwise the test class is skipped, loudly; with CI set it fails instead."""
    if value:
        return value
    if os.environ.get("CI"):
        raise AssertionError(message)
    raise unittest.SkipTest(message)


class HarnessCase(unittest.TestCase):
    maxDiff = None


class _Result(unittest.TextTestResult):
    """Prints the end of every running program's log the moment something fails, while the programs are still there."""

    def addError(self, test, error):
        self._show_logs(test)
        super().addError(test, error)

    def addFailure(self, test, error):
        self._show_logs(test)
        super().addFailure(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._show_logs(subtest)
        super().addSubTest(test, subtest, error)

    @staticmethod
    def _show_logs(test):
        for program in programs.running():
            print(f"\n[{test}]\n{program.tail()}", file=sys.stderr, flush=True)


def main():
    """Runs the calling module's tests. Exit code 77 when everything in them was skipped."""
    runner = unittest.TextTestRunner(verbosity=2, resultclass=_Result)
    program = unittest.main(module="__main__", exit=False, testRunner=runner)
    result = program.result
    ran = result.testsRun - len(result.skipped)
    if result.wasSuccessful() and result.skipped and ran <= 0:
        for test, reason in result.skipped:
            print(f"SKIPPED {test}: {reason}", file=sys.stderr)
        sys.exit(SKIPPED)
    if result.wasSuccessful() and result.testsRun == 0:
        print("no test ran", file=sys.stderr)
        sys.exit(1)
    sys.exit(0 if result.wasSuccessful() else 1)
