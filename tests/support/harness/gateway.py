"""The daemon under test, and a session on it as a tenant's application sees it."""

import os
import tempfile
import urllib.parse

from harness.http import Api
from harness.programs import Program, program_path
from harness.sandbox import Account, Sandbox
from harness.webhooks import Delivery, WebhookReceiver

ADMIN_KEY = "harness-admin-key-6f1c2b7a"


class Gateway(Program):
    """`wagate serve` in a data directory of its own. `stop` or `kill`, then `start`, is a restart on the same data."""

    def __init__(self, sandbox: Sandbox, tenants: dict[str, str] | None = None, tls: bool = False, env: dict[str, str] | None = None):
        settings = {key: value for key, value in os.environ.items() if not key.startswith(("WAGATE_", "WAHA_", "WHATSAPP_"))}
        self._directory = tempfile.TemporaryDirectory(prefix="wagate-test-")
        self.data_dir = os.path.join(self._directory.name, "data")
        settings |= {
            "WAGATE_LISTEN": "127.0.0.1:0",
            "WAGATE_DATA_DIR": self.data_dir,
            "WAGATE_WHATSAPP_URL": sandbox.network["wss"] if tls else sandbox.ws,
            "WAGATE_WHATSAPP_ROOT_KEY": sandbox.root_key,
            "WAGATE_EGRESS_ALLOW": "127.0.0.0/8",
            "WAHA_API_KEY": ADMIN_KEY,
        }
        if tls:
            settings["WAGATE_WHATSAPP_CA_FILE"] = sandbox.network["caFile"]
        if tenants:
            settings["WAGATE_TENANT_KEYS"] = ",".join(f"{tenant}:{key}" for tenant, key in tenants.items())
        settings |= env or {}
        super().__init__("gateway", [program_path("WAGATE_BIN", "wagate"), "serve"], settings)
        self.tenants = tenants or {}
        self.api: Api | None = None
        self.base = ""

    def start(self, seconds: float = 30) -> "Gateway":
        since = self.lines.mark()
        self.spawn()
        ready = self.wait_json(lambda line: line.get("event") == "listening", seconds, "listening line", since)
        self.base = ready["http"]
        self.api = Api(self.base, ADMIN_KEY)
        return self

    def tenant(self, name: str) -> Api:
        return Api(self.base, self.tenants[name])

    def clean(self):
        if self.alive():
            self.kill()
        self._directory.cleanup()


class Session:
    """A session of the gateway with its webhooks. `api` is asked for on every call, so a restarted gateway is found again."""

    def __init__(self, gateway: Gateway, hooks: WebhookReceiver, name: str, tenant: str | None = None, endpoint: str | None = None):
        self.gateway = gateway
        self.hooks = hooks
        self.name = name
        self.tenant = tenant
        self.endpoint = endpoint or name
        self._path = "/api/sessions/" + urllib.parse.quote(name, safe="")

    @property
    def api(self) -> Api:
        return self.gateway.tenant(self.tenant) if self.tenant else self.gateway.api

    # ------------------------------------------------------------------ life

    def create(self, start: bool = True, events=("*",), hmac_key: str | None = None, retries: dict | None = None, metadata: dict | None = None,
               proxy: dict | None = None):
        webhook = {"url": self.hooks.url(self.endpoint), "events": list(events)}
        if hmac_key:
            webhook["hmac"] = {"key": hmac_key}
        if retries:
            webhook["retries"] = retries
        config = {"webhooks": [webhook]}
        if metadata:
            config["metadata"] = metadata
        if proxy:
            config["proxy"] = proxy
        return self.api.post("/api/sessions", {"name": self.name, "start": start, "config": config}, expect=201)

    def do(self, action: str, expect=(200, 201)):
        """start, stop, restart or logout."""
        return self.api.post(f"{self._path}/{action}", {}, expect=expect)

    def remove(self):
        return self.api.delete(self._path, expect=(200, 204))

    def info(self) -> dict:
        return self.api.get(self._path)

    def status(self) -> str:
        return self.info()["status"]

    def wait_status(self, status: str, seconds: float = 20, since: int = 0, reason: str | None = None) -> Delivery:
        """The webhook that says so."""
        def wanted(delivery: Delivery) -> bool:
            return delivery.payload.get("status") == status and (reason is None or delivery.payload.get("reason") == reason)

        return self.hooks.wait("session.status", wanted, seconds, self.name, since, path=self.endpoint,
                               what=f"session {self.name}: status {status}" + (f" for {reason}" if reason else ""))

    def statuses(self, since: int = 0) -> list[str]:
        return [entry.payload["status"] for entry in self.hooks.deliveries("session.status", self.name, since, self.endpoint)]

    def qr(self) -> str:
        return self.api.get(f"/api/{urllib.parse.quote(self.name, safe='')}/auth/qr?format=raw")["value"]

    def pair(self, account: Account, since: int | None = None) -> dict:
        """Shows a QR, lets the phone scan it and waits for WORKING. Returns the phone's answer."""
        start = self.hooks.mark() if since is None else since
        answer = account.scan(self.qr())
        self.wait_status("WORKING", since=start)
        return answer

    # ------------------------------------------------------------------ messages

    def send(self, chat: str, text: str, **more) -> str:
        """Sends a text and returns its full id."""
        return self.api.post("/api/sendText", {"session": self.name, "chatId": chat, "text": text, **more}, expect=201)["id"]

    def wait_message(self, text: str, seconds: float = 20, since: int = 0, event: str = "message") -> Delivery:
        return self.hooks.wait(event, lambda delivery: delivery.payload.get("body") == text, seconds, self.name, since,
                               path=self.endpoint, what=f"session {self.name}: {event} {text!r}")

    def wait_ack(self, message_id: str, ack: int, seconds: float = 20, since: int = 0) -> Delivery:
        """The acknowledgement event of exactly this level; in groups the event has a name of its own."""
        event = "message.ack.group" if "@g.us" in message_id else "message.ack"
        return self.hooks.wait(
            event, lambda delivery: bare_id(delivery.payload.get("id")) == bare_id(message_id) and delivery.payload.get("ack") == ack,
            seconds, self.name, since, path=self.endpoint, what=f"session {self.name}: ack {ack} of {message_id}")

    def messages(self, chat: str, **query) -> list[dict]:
        text = urllib.parse.urlencode(query)
        return self.api.get(f"/api/{urllib.parse.quote(self.name, safe='')}/chats/{urllib.parse.quote(chat, safe='')}/messages?{text}")


def bare_id(message_id: str | None) -> str:
    """`true_123@c.us_3EB0…` to `3EB0…`."""
    parts = (message_id or "").split("_")
    return parts[2] if len(parts) >= 3 else parts[0]
