"""What the cases play on: two paired sessions, phones, a group, and short ways to look at both sides."""

import itertools
import json
import pathlib
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import world  # noqa: E402, first: it knows where the harness is
from harness import wait_until  # noqa: E402
from harness.gateway import bare_id  # noqa: E402

import document  # noqa: E402
import registry  # noqa: E402

# A picture of 16 by 16 grey points.
JPEG = (
    "/9j/4AAQSkZJRgABAgAAAQABAAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ubm7q6srLZ2eD/////"
    "xABKAAEAAAAAAAAAAAAAAAAAAAAAAQEAAAAAAAAAAAAAAAAAAAAAEAEAAAAAAAAAAAAAAAAAAAAAEQEAAAAAAAAAAAAAAAAAAAAA/8AAEQgAEAAQAwEiAAIR"
    "AAMRAP/aAAwDAQACEQMRAD8AAA//2Q=="
)
_fresh = itertools.count(1)


def quoted(text) -> str:
    return urllib.parse.quote(str(text), safe="")


class Violation(AssertionError):
    """An answer that WAHA's clients would not understand."""


class Stage(world.GatewayCase):
    """One network and one gateway for all cases of a class."""

    @classmethod
    def environment(cls):
        return {"WHATSAPP_DOWNLOAD_MEDIA": "false"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        play = cls("__str__")  # the helpers of GatewayCase are methods of a test
        cls.one, cls.two = (play.person(name) for name in ("Anna", "Ben"))
        cls.third = cls.sandbox.account(pushName="Cleo")
        cls.control = cls.sandbox.api
        # They know each other, and all settings are in place, before anything is compared.
        cls.one.send(cls.two.chat, "first of all")
        cls.two.wait_message("first of all")
        cls.two.send(cls.one.chat, "second of all")
        cls.one.wait_message("second of all")
        for session in (cls.one, cls.two):
            path = f"/api/{session.name}/chats/{cls.third.chat_id}/unarchive"
            wait_until(lambda: session.api.request("POST", path).status == 201, 20, f"{session.name} to take part in app state")
            wait_until(lambda: session.info()["me"]["pushName"] == session.account.state()["pushName"], 20, "the name")

    def person(self, name: str):
        """A WORKING session with `account`, its phone, and `chat`, its chat id."""
        session, account = self.new_paired(phone={"pushName": name})
        session.account, session.chat = account, account.chat_id
        return session

    # ------------------------------------------------------------------ asking

    def address(self, operation: document.Operation, request: dict) -> str:
        path = operation.path
        for name, value in {"session": self.one.name, **request.get("path", {})}.items():
            path = path.replace("{" + name + "}", quoted(value))
        assert "{" not in path, f"{operation.name}: no value for a parameter of {path}"
        query = request.get("query")
        return path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")

    def ask(self, operation: document.Operation, request: dict):
        return self.gateway.api.request(operation.method, self.address(operation, request), request.get("body"),
                                        headers=request.get("headers"), raw=request.get("raw"))

    def valid(self, case: registry.Case, request: dict):
        """Asks, and returns the content of the answer, which is as both documents say."""
        theirs, own = document.waha().operations[case.key], document.ours().operations[case.key]
        answer = self.ask(theirs, request)
        if case.refused:
            if answer.status not in case.refused:
                raise Violation(f"{theirs.name} with {request} answered {answer}, expected {sorted(case.refused)}")
            return answer.json()
        if answer.status not in theirs.successes | set(case.statuses):
            raise Violation(f"{theirs.name} with {request} answered {answer}, WAHA's document has {sorted(theirs.successes)}")
        if answer.status not in own.successes:
            raise Violation(f"{theirs.name} answered {answer.status}, which api/openapi.json does not have")
        kind = (answer.headers.get("Content-Type") or "").split(";")[0].strip()
        if kind != "application/json":
            return answer.body
        value = answer.json()
        for name, side in (("WAHA's document", theirs), ("api/openapi.json", own)):
            problems = side.problems(answer.status, kind, value)
            if problems:
                raise Violation(f"{theirs.name}: the answer is not as {name} says:\n  " + "\n  ".join(problems) + f"\n  {json.dumps(value)[:1500]}")
        return value

    def play(self, case: registry.Case):
        steps = case.run(self)
        request = next(steps)
        while True:
            answer = self.valid(case, request)
            try:
                request = steps.send(answer)
            except StopIteration:
                return

    # ------------------------------------------------------------------ props

    def text(self, words: str = "text") -> str:
        """Words that were never said before."""
        return f"{words} {next(_fresh)}"

    def get(self, session, path: str):
        """A reading by a session: `chats`, `labels/1/chats` …"""
        return session.api.get(f"/api/{session.name}/{path}")

    def received(self, words: str = "a message") -> dict:
        """A new message from the second session, as the first was told it."""
        text = self.text(words)
        self.two.send(self.one.chat, text)
        return self.one.wait_message(text).payload

    def sent(self, words: str = "a message") -> dict:
        """A new message of the first session, as the second was told it; `own` is its id at the sender."""
        text = self.text(words)
        own = self.one.send(self.two.chat, text)
        return {**self.two.wait_message(text).payload, "own": own}

    def told(self, session, event: str, wanted, since: int = 0, what: str = ""):
        """The payload of an event that a session's webhook was given."""
        return self.hooks.wait(event, lambda delivery: wanted(delivery.payload), 20, session.name, since, path=session.endpoint,
                               what=f"{session.name}: {event} {what}").payload

    def arrived(self, answer: dict, session=None) -> dict:
        """The message event of the other session for what a send was answered with."""
        session = session or self.two
        return self.told(session, "message", lambda payload: bare_id(payload["id"]) == bare_id(answer["id"]), what=answer["id"])

    def group(self, *members, by=None, **options) -> str:
        """A group of the first session's account with the second one's, and perhaps with others."""
        owner = by or self.one.account
        phones = [account.phone for account in (members or (self.two.account, self.third))]
        return self.control.post("/control/groups", {"by": owner.phone, "members": phones, "subject": self.text("group"), **options},
                                 expect=201)["id"]

    def group_state(self, group: str) -> dict:
        return self.control.get(f"/control/groups/{group}")

    def roles(self, group: str) -> dict:
        return {entry["phone"]: entry["role"] for entry in self.group_state(group)["members"]}

    def setting(self, session, *index, **fields) -> dict:
        """The setting with this index, once the session's phone has it with these fields."""
        path = f"/control/accounts/{session.account.phone}/app-state"

        def found():
            return next((entry for entry in self.control.get(path)["entries"] if tuple(entry["index"]) == index
                         and all(entry.get(name) == value for name, value in fields.items())), None)
        return wait_until(found, 20, f"{index} {fields} on the phone", lambda: self.control.get(path)["entries"])

    def eventually(self, question, what: str):
        return wait_until(question, 20, what)
