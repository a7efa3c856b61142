"""The simulated WhatsApp network and its phones."""

import os

from harness.http import Api
from harness.programs import Program, program_path
from harness.waiting import wait_until


class Sandbox(Program):
    def __init__(self, tls: bool = False):
        command = [program_path("WAGATE_SANDBOX_BIN", "wagate-sandbox"), "--listen", "127.0.0.1:0"]
        if tls:
            command += ["--tls-listen", "127.0.0.1:0"]
        if os.environ.get("WAGATE_SANDBOX_TRACE"):
            command += ["--trace"]
        super().__init__("sandbox", command)
        self.network: dict = {}
        self.api: Api | None = None
        self._next_phone = 0

    def start(self) -> "Sandbox":
        self.spawn()
        self.network = self.wait_json(lambda line: "http" in line, 20, "ready line")
        self.api = Api(self.network["http"])
        return self

    @property
    def ws(self) -> str:
        return self.network["ws"]

    @property
    def root_key(self) -> str:
        return self.network["rootKey"]

    def stats(self) -> dict:
        return self.api.get("/control/stats")

    def account(self, phone: str | None = None, **options) -> "Account":
        """Creates an account (a phone). Without `phone`, the next free number of this sandbox."""
        if phone is None:
            self._next_phone += 1
            phone = str(491520000000 + self._next_phone)
        made = self.api.post("/control/accounts", {"phone": phone, **options}, expect=201)
        return Account(self, made)


class Account:
    """A phone of the sandbox."""

    def __init__(self, sandbox: Sandbox, made: dict):
        self.sandbox = sandbox
        self.phone: str = made["phone"]
        self.lid: str = made["lid"]
        self._path = f"/control/accounts/{self.phone}"

    # Ways a client may address this account.
    @property
    def digits(self) -> str:
        return self.phone

    @property
    def pn_jid(self) -> str:
        return f"{self.phone}@s.whatsapp.net"

    @property
    def lid_jid(self) -> str:
        return self.lid if "@" in self.lid else f"{self.lid}@lid"

    @property
    def chat_id(self) -> str:
        return f"{self.phone}@c.us"

    def is_me(self, jid: str | None) -> bool:
        """Whether a JID or chat id, in any form and with any device, names this account."""
        user = (jid or "").split("@")[0].split(":")[0].split(".")[0]
        return user in (self.phone, self.lid_jid.split("@")[0])

    def state(self) -> dict:
        return self.sandbox.api.get(self._path)

    def devices(self) -> list[dict]:
        return [device for device in self.state()["devices"] if device["id"] != 0]

    def wait_connected(self, count: int = 1, seconds: float = 20):
        return wait_until(lambda: sum(device["connected"] for device in self.devices()) == count, seconds,
                          f"{count} connected companion(s) of {self.phone}", self.devices)

    def scan(self, qr: str) -> dict:
        return self.sandbox.api.post(self._path + "/scan", {"qr": qr})

    def enter_code(self, code: str) -> dict:
        return self.sandbox.api.post(self._path + "/enter-code", {"code": code})

    def send(self, to: str, text: str, **options) -> str:
        return self.sandbox.api.post(self._path + "/send", {"to": to, "text": text, **options})["id"]

    def read(self, message_id: str):
        self.sandbox.api.post(self._path + "/read", {"id": message_id}, expect=(200, 201, 204))

    # ------------------------------------------------------------------ presence, calls, profile

    def show(self, presence: str):
        """online or offline, on the phone."""
        self.sandbox.api.post(self._path + "/presence", {"presence": presence})

    def typing(self, to: str, state: str = "typing"):
        self.sandbox.api.post(self._path + "/typing", {"to": to, "state": state})

    def call(self, to: str, video: bool = False) -> str:
        return self.sandbox.api.post(self._path + "/call", {"to": to, "video": video})["id"]

    def answer_call(self, call_id: str, action: str):
        """accept, reject or end, on the phone."""
        self.sandbox.api.post(self._path + "/answer-call", {"id": call_id, "action": action})

    def wait_call(self, call_id: str, state: str, seconds: float = 20) -> dict:
        calls = lambda: self.sandbox.api.get(self._path + "/calls")  # noqa: E731
        return wait_until(lambda: next((call for call in calls() if call["id"] == call_id and call["state"] == state), None),
                          seconds, f"call {state}", calls)

    def sign(self, challenge: dict) -> dict:
        """What the user's browser makes of a passkey's challenge."""
        return self.sandbox.api.post(self._path + "/passkey", {"challenge": challenge["challenge"]})

    def profile(self, **changes) -> dict:
        """What the account shows; with arguments, changed on the phone first."""
        path = self._path + "/profile"
        return self.sandbox.api.patch(path, changes) if changes else self.sandbox.api.get(path)

    def links(self) -> dict:
        """The codes of the account's own links."""
        return self.sandbox.api.get(self._path + "/links")

    def message_link(self, text: str) -> str:
        """The code of a new link of this business."""
        return self.sandbox.api.post(self._path + "/message-links", {"message": text})["code"]

    def messages(self) -> list[dict]:
        return self.sandbox.api.get(self._path + "/messages")

    def message(self, wanted, seconds: float = 20, what: str = "a message at the phone") -> dict:
        return wait_until(lambda: next((entry for entry in self.messages() if wanted(entry)), None), seconds,
                          f"{what} ({self.phone})", self.messages)

    def received(self, text: str, seconds: float = 20) -> dict:
        return self.message(lambda entry: entry["text"] == text and not entry["fromMe"], seconds, f"received {text!r}")

    def ack_of(self, message_id: str, at_least: int, seconds: float = 20) -> dict:
        return self.message(lambda entry: entry["id"] == message_id and entry["ack"] >= at_least, seconds,
                            f"ack {at_least} of {message_id}")

    def patch(self, **changes):
        return self.sandbox.api.patch(self._path, changes)

    def faults(self, **faults):
        return self.sandbox.api.put(self._path + "/faults", faults, expect=(200, 201, 204))

    def hostile(self, **what):
        """Sends what nobody of good will sends: stanza, payload, wire, sealed or peer, see docs/sandbox.md."""
        return self.sandbox.api.post(self._path + "/hostile", what, expect=(200, 201))

    def disconnect(self, **how):
        return self.sandbox.api.post(self._path + "/disconnect", how, expect=(200, 201, 202, 204))

    def unlink(self, device: int):
        return self.sandbox.api.delete(f"{self._path}/devices/{device}", expect=(200, 202, 204))
