"""What tenants' applications and other people's phones do all the time: it goes on whatever happens to the gateway."""

import http.client
import itertools
import threading

from harness.http import Api


class Line:
    """One session with its own phone and the persons it talks to."""

    def __init__(self, number: int, session, account, contacts):
        self.number = number
        self.session = session
        self.account = account
        self.contacts = contacts
        self.endpoint = session.endpoint
        self.inbound: list[dict] = []  # what phones have sent to it: contact, text, id
        self.own: list[dict] = []      # what its own phone has sent
        self.sends: list[dict] = []    # what was sent through the API and answered with 2xx: contact, text, key, id
        self.unanswered = 0
        self.arrived: dict[str, int] = {}  # how many of each kind are known to have arrived everywhere

    def fresh_text(self, kind: str, number: int) -> str:
        return f"{kind} {self.number}-{number}" + " lorem" * (number % 7 * 20)


class Traffic:
    """Sends what it is granted. `changed` is notified about every step."""

    def __init__(self, lines: list[Line], changed: threading.Condition):
        self.lines = lines
        self.changed = changed
        self.refusals: dict[int, int] = {}
        self.violations: list[str] = []
        self.base: str | None = None  # of the gateway, while there is one
        self._stopping = False
        self._granted_sends = {line.number: 0 for line in lines}
        self._granted_inbound = 0
        self._threads = [threading.Thread(target=self._guard, args=(self._send_all, line), daemon=True) for line in lines]
        self._threads.append(threading.Thread(target=self._guard, args=(self._speak_all,), daemon=True))
        for thread in self._threads:
            thread.start()

    def grant(self, sends: int, inbound: int):
        """So many more for each line."""
        with self.changed:
            for number in self._granted_sends:
                self._granted_sends[number] += sends
            self._granted_inbound += inbound * len(self.lines)
            self.changed.notify_all()

    def gateway_is_at(self, base: str | None):
        with self.changed:
            self.base = base
            self.changed.notify_all()

    def is_idle(self) -> bool:
        """Everything granted is sent, and answered with 2xx."""
        return self._granted_inbound == 0 and not any(self._granted_sends.values()) and not any(line.unanswered for line in self.lines)

    def has_spoken(self) -> bool:
        """Phones have said everything granted."""
        return self._granted_inbound == 0

    def stop(self):
        with self.changed:
            self._stopping = True
            self.changed.notify_all()
        for thread in self._threads:
            thread.join(30)

    # ------------------------------------------------------------------ threads

    def _guard(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as wrong:  # a thread that ends must not look like traffic that is done
            with self.changed:
                self.violations.append(f"the traffic broke: {type(wrong).__name__}: {wrong}")
                self.changed.notify_all()

    def _wait(self, condition) -> bool:
        """Until `condition` holds (True), or the end (False)."""
        with self.changed:
            self.changed.wait_for(lambda: self._stopping or condition())
            return not self._stopping

    def _send_all(self, line: Line):
        for number in itertools.count():
            if not self._wait(lambda: self._granted_sends[line.number] > 0):
                return
            contact = line.contacts[number % len(line.contacts)]
            send = {"contact": contact, "text": line.fresh_text("out", number), "key": f"key-{line.number}-{number}", "id": None}
            with self.changed:
                line.unanswered += 1
                self._granted_sends[line.number] -= 1
            if not self.insist(line, send):
                return
            with self.changed:
                line.unanswered -= 1
                line.sends.append(send)
                self.changed.notify_all()

    def insist(self, line: Line, send: dict) -> bool:
        """Asks with the same key until the answer is 2xx. False when the traffic is stopped before."""
        while True:
            if not self._wait(lambda: self.base is not None):
                return False
            base = self.base
            status, answer = self.post(line, send, base)
            if status is not None and 200 <= status < 300:
                send["id"] = bare(answer.get("id"))
                return True
            with self.changed:
                if status is not None:
                    self.refusals[status] = self.refusals.get(status, 0) + 1
                    if status < 500 and status != 429 and not is_not_working(status, answer):
                        self.violations.append(f"a send was refused with {status}: {answer}")
                # Another gateway is worth another try at once, the same one a little later.
                self.changed.wait_for(lambda: self._stopping or self.base != base, 0.03)

    @staticmethod
    def post(line: Line, send: dict, base: str, timeout: float = 40) -> tuple[int | None, dict]:
        api = Api(base, line.session.gateway.tenants[line.session.tenant], timeout)
        body = {"session": line.session.name, "chatId": send["contact"].chat_id, "text": send["text"]}
        try:
            answer = api.request("POST", "/api/sendText", body, headers={"Idempotency-Key": send["key"]})
            return answer.status, answer.json() or {}
        except (OSError, http.client.HTTPException, ValueError):
            return None, {}  # it died before it could say anything

    def _speak_all(self):
        for number in itertools.count():
            if not self._wait(lambda: self._granted_inbound > 0):
                return
            line = self.lines[number % len(self.lines)]
            turn = number // len(self.lines)
            contact = line.contacts[turn % len(line.contacts)]
            self.speak(line, contact, turn)
            with self.changed:
                self._granted_inbound -= 1
                self.changed.notify_all()

    def speak(self, line: Line, contact, turn: int):
        """A text of a contact; every fifth time one of the own phone."""
        addressing = "pn" if turn % 4 == 3 else "lid"
        if turn % 5 == 4:
            text = line.fresh_text("own", turn)
            line.own.append({"contact": contact, "text": text, "id": line.account.send(contact.digits, text, addressing=addressing)})
        else:
            text = line.fresh_text("in", turn)
            line.inbound.append({"contact": contact, "text": text, "id": contact.send(line.account.digits, text, addressing=addressing)})


def bare(message_id: str | None) -> str:
    parts = (message_id or "").split("_")
    return parts[2] if len(parts) >= 3 else parts[0]


def is_not_working(status: int, answer: dict) -> bool:
    """The session is on its way to WORKING: a client may try again."""
    return status == 422 and "WORKING" in str(answer.get("expected", answer))
