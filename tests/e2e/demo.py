#!/usr/bin/env python3
"""The main job, once, from end to end on the simulated network: pair, send, receive, restart.

Exit code 0 when every step did what it should; otherwise 1, with the end of both programs' logs. Run it by `./dev demo`,
or set WAGATE_BIN and WAGATE_SANDBOX_BIN.
"""

import contextlib
import pathlib
import secrets
import sys
import time

import terminal_qr

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from harness import Account, Gateway, Sandbox, Session, WebhookReceiver  # noqa: E402
from harness import programs  # noqa: E402
from harness.gateway import bare_id  # noqa: E402


class Story:
    """Numbers the steps, prints what happens and how long it took."""

    def __init__(self):
        self.steps: list[tuple[str, float]] = []

    def step(self, title: str):
        print(f"\n[{len(self.steps) + 1}] {title}", flush=True)
        return _Step(self, title)

    @staticmethod
    def tell(text: str):
        print(f"    {text}", flush=True)

    def summary(self):
        print("\nSummary")
        for number, (title, seconds) in enumerate(self.steps, 1):
            print(f"  {number}. {title:<58} {seconds * 1000:8.0f} ms")


class _Step:
    def __init__(self, story: Story, title: str):
        self._story, self._title = story, title

    def __enter__(self):
        self._begin = time.monotonic()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self._story.steps.append((self._title, time.monotonic() - self._begin))


def expect(fact: bool, what: str):
    if not fact:
        raise AssertionError(what)


def show_delivery(story: Story, delivery, key: str):
    expect(delivery.signed_with(key), f"the signature of {delivery} is not ours")
    story.tell(f"webhook {delivery.event} {delivery.json['id']}: {delivery.payload['body']!r} from {delivery.payload['from']}")
    story.tell(f"X-Webhook-Hmac {delivery.headers['X-Webhook-Hmac'][:24]}... (sha512) verified over {len(delivery.body)} bytes")


def exchange(story: Story, session: Session, friend: Account, outgoing: str, incoming: str, key: str):
    """One text in each direction, with its acknowledgements and its webhook."""
    since = session.hooks.mark()
    sent = session.api.post("/api/sendText", {"session": session.name, "chatId": friend.chat_id, "text": outgoing}, expect=201)
    story.tell(f"POST /api/sendText {outgoing!r} -> {sent['id']}")
    expect(sent["ack"] >= 1, f"the server has not acknowledged the message: {sent}")
    story.tell("ack: server")
    session.wait_ack(sent["id"], 2, since=since)
    story.tell("ack: delivered")
    received = friend.received(outgoing)
    story.tell(f"the friend's phone shows {received['text']!r}")
    friend.read(bare_id(sent["id"]))
    session.wait_ack(sent["id"], 3, since=since)
    story.tell("ack: read")
    since = session.hooks.mark()
    friend.send(session.info()["me"]["id"].split("@")[0], incoming)
    show_delivery(story, session.wait_message(incoming, since=since), key)


def run(story: Story, cleanup: contextlib.ExitStack):
    key = secrets.token_hex(16)
    with story.step("start the simulated network and the gateway"):
        hooks = WebhookReceiver()
        cleanup.callback(hooks.close)
        sandbox = Sandbox()
        cleanup.callback(sandbox.stop)
        sandbox.start()
        gateway = Gateway(sandbox)
        cleanup.callback(gateway.clean)
        gateway.start()
        story.tell(f"gateway {gateway.base}, network {sandbox.ws}")
        owner = sandbox.account(pushName="Shop")
        friend = sandbox.account(pushName="Ada")

    with story.step("create a session with a signed webhook"):
        session = Session(gateway, hooks, "demo")
        session.create(hmac_key=key)
        session.wait_status("SCAN_QR_CODE")
        story.tell("POST /api/sessions -> SCAN_QR_CODE")

    with story.step("show the QR code, let the phone scan it"):
        picture = session.api.request("GET", f"/api/{session.name}/auth/qr")
        expect(picture.status == 200, f"no QR code: {picture}")
        print(terminal_qr.draw(picture.body), flush=True)
        session.pair(owner, since=0)
        me = session.info()["me"]
        story.tell(f"WORKING as {me['id']} ({me['lid']})")

    with story.step("send a text, receive a text"):
        exchange(story, session, friend, "Your order is on its way.", "Thank you!", key)

    with story.step("stop the gateway, start it again: no new QR code"):
        since = hooks.mark()
        code = gateway.stop()
        expect(code == 0, f"the gateway ended with code {code}")
        gateway.start()
        session.wait_status("WORKING", since=since)
        statuses = session.statuses(since)
        expect("SCAN_QR_CODE" not in statuses, f"the session asked for a QR code again: {statuses}")
        story.tell(" -> ".join(statuses))

    with story.step("send and receive once more with the same keys"):
        exchange(story, session, friend, "It has arrived.", "I have it.", key)

    with story.step("stop the gateway"):
        code = gateway.stop()
        expect(code == 0, f"the gateway ended with code {code}")


def main() -> int:
    story = Story()
    with contextlib.ExitStack() as cleanup:
        try:
            run(story, cleanup)
        except Exception as failure:  # whatever went wrong, the logs tell more
            for program in programs.running():
                print(f"\n{program.tail(30)}", file=sys.stderr)
            print(f"\nthe demo failed: {type(failure).__name__}: {failure}", file=sys.stderr)
            return 1
    story.summary()
    return 0


if __name__ == "__main__":
    sys.exit(main())
