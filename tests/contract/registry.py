"""The cases of the contract: for each operation of WAHA's document a valid request, and what must be seen of it elsewhere.

A case is a generator. It makes what it needs, yields a request, is given the answer's content, and then looks at the other
side: another session, the simulated network, or a reading that follows. It may yield further requests of the same operation.
The first request is also the one that is damaged in all ways for the tests of bad input, so it alone must be enough.

A request is a dictionary with any of `path` (parameters; `session` is the first session unless given), `query`, `body`, `headers`.
"""

import dataclasses
import importlib
import pathlib
import typing

import document

# Operations of WAHA's document without a case, and why.
NOT_OURS = {
    "GET /api/screenshot": "a picture of the browser; there is none",
    "GET /api/server/debug/cpu": "a profile of Node's engine",
    "GET /api/server/debug/heapsnapshot": "a dump of Node's heap",
    "GET /api/server/debug/browser/trace/{session}": "a trace of the browser",
}


@dataclasses.dataclass
class Case:
    operation: str
    area: str
    run: typing.Callable
    # What an unknown session is answered with; None where sessions are made by naming them, or do not matter.
    unknown_session: int | None = 422
    # Whether the session must be WORKING; else any status will do.
    needs_working: bool = True
    # Parameters and fields that name a chat, message, label …, of which an unknown one may be accepted, and why.
    unknown_accepted: dict = dataclasses.field(default_factory=dict)
    # Fields of the body that the gateway takes in any form, and why.
    any_form: dict = dataclasses.field(default_factory=dict)
    # Why its errors have the shape of another protocol, in answers of 200, 202 or 400.
    own_errors: str = ""
    # A status that is all that the network can be brought to give, and why.
    refused: dict = dataclasses.field(default_factory=dict)
    # Statuses of success beside those of the document, and why.
    statuses: dict = dataclasses.field(default_factory=dict)

    @property
    def key(self) -> str:
        return document.key(self.operation)

    @property
    def served(self) -> bool:
        """The gateway's own document decides."""
        return self.key in document.ours().operations

    @property
    def test_name(self) -> str:
        words = "".join(letter if letter.isalnum() else " " for letter in self.operation.lower()).split()
        return "test_" + "_".join(words)


CASES: dict[str, Case] = {}


def case(operation: str, **facts):
    """Registers a generator as the case of an operation."""
    def register(run):
        made = Case(operation, pathlib.Path(run.__code__.co_filename).stem, run, **facts)
        assert made.key not in CASES, f"two cases of {operation}"
        CASES[made.key] = made
        return run
    return register


def load() -> dict[str, Case]:
    for path in sorted((pathlib.Path(__file__).parent / "cases").glob("*.py")):
        importlib.import_module(f"cases.{path.stem}")
    return CASES
