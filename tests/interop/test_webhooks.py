"""Webhook signatures as receivers check them: the published Standard Webhooks library for JavaScript, and WAHA's way."""

import base64
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE.parent / "integration"))

from harness import main, wait_until  # noqa: E402
from world import GatewayCase  # noqa: E402

RECEIVER = HERE / "webhooks"
HMAC_KEY = "an hmac key of the tenant"


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class WebhookSignaturesTest(GatewayCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("node") or not (RECEIVER / "node_modules" / "standardwebhooks").is_dir():
            if os.environ.get("CI"):
                raise AssertionError("node or the packages of tests/interop/webhooks are missing")
            raise unittest.SkipTest("node and the packages of tests/interop/webhooks are needed")
        super().setUpClass()

    def verdicts(self, deliveries, keys, change=lambda request: request) -> list[dict]:
        """What the receivers say to these requests, changed on the way by `change`."""
        lines = []
        for delivery in deliveries:
            request = {"headers": {name.lower(): value for name, value in delivery.headers.items()},
                       "body": delivery.body.decode("utf-8"), "secrets": keys, "hmacKey": HMAC_KEY}
            lines.append(json.dumps(change(request)))
        done = subprocess.run(["node", "verify.mjs"], input="\n".join(lines) + "\n", cwd=RECEIVER, capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), len(lines))
        return answers

    def signed_session(self, keys):
        """A session whose webhook has these secrets, and the requests it got until it asked for a scan."""
        session = self.new_session_with(keys)
        session.wait_status("SCAN_QR_CODE")
        return session, self.hooks.deliveries(session=session.name)

    def new_session_with(self, keys):
        session = self.new_session(create=False)
        webhook = {"url": self.hooks.url(session.endpoint), "events": ["*"], "hmac": {"key": HMAC_KEY}}
        if keys:
            webhook["signing"] = {"secrets": keys}
        session.api.post("/api/sessions", {"name": session.name, "config": {"webhooks": [webhook]}}, expect=201)
        return session

    def test_requests_verify_with_the_library_and_with_the_documented_code(self):
        secret = new_secret()
        _, deliveries = self.signed_session([secret])
        self.assertGreaterEqual(len(deliveries), 2)
        for verdict in self.verdicts(deliveries, [secret]):
            self.assertEqual(verdict, {"standard": ["ok"], "documented": "ok"})

    def test_both_secrets_are_valid_during_a_rotation(self):
        old, new = new_secret(), new_secret()
        _, deliveries = self.signed_session([old, new])
        for verdict in self.verdicts(deliveries, [old, new]):
            self.assertEqual(verdict["standard"], ["ok", "ok"])

    def test_a_foreign_secret_and_a_changed_body_are_refused(self):
        secret = new_secret()
        _, deliveries = self.signed_session([secret])
        for verdict in self.verdicts(deliveries, [new_secret()]):
            self.assertEqual(verdict["standard"], ["No matching signature found"])

        def tampered(request):
            return request | {"body": request["body"].replace("SCAN_QR_CODE", "WORKING").replace("STARTING", "WORKING")}

        for verdict in self.verdicts(deliveries, [secret], tampered):
            self.assertEqual(verdict, {"standard": ["No matching signature found"], "documented": "wrong signature"})

    def test_an_old_request_cannot_be_replayed(self):
        secret = new_secret()
        _, deliveries = self.signed_session([secret])

        def an_hour_ago(request):
            headers = request["headers"]
            return request | {"headers": headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 3600)}}

        for verdict in self.verdicts(deliveries, [secret], an_hour_ago):
            self.assertEqual(verdict["standard"], ["Message timestamp too old"])

    def test_a_repeated_attempt_keeps_its_id_and_has_a_timestamp_of_its_own(self):
        secret = new_secret()
        session = self.new_session(create=False)
        self.hooks.fail(session.endpoint, 500)
        webhook = {"url": self.hooks.url(session.endpoint), "events": ["session.status"], "signing": {"secrets": [secret]},
                   "hmac": {"key": HMAC_KEY}, "retries": {"policy": "constant", "delaySeconds": 1.1, "attempts": 5}}
        session.api.post("/api/sessions", {"name": session.name, "config": {"webhooks": [webhook]}}, expect=201)
        session.wait_status("SCAN_QR_CODE")
        first, second = wait_until(lambda: self.hooks.deliveries(session=session.name)[:2], 10, "two attempts")
        self.assertFalse(first.accepted)
        self.assertEqual(first.headers["webhook-id"], second.headers["webhook-id"])
        self.assertEqual(first.body, second.body)
        self.assertNotEqual(first.headers["webhook-timestamp"], second.headers["webhook-timestamp"])
        self.assertEqual((first.headers["X-Webhook-Attempt"], second.headers["X-Webhook-Attempt"]), ("1", "2"))
        for verdict in self.verdicts([first, second], [secret]):
            self.assertEqual(verdict, {"standard": ["ok"], "documented": "ok"})

    def test_without_secrets_no_standard_signature_is_claimed(self):
        _, deliveries = self.signed_session([])
        for delivery in deliveries:
            self.assertNotIn("webhook-signature", delivery.headers)
            self.assertTrue(delivery.signed_with(HMAC_KEY))


if __name__ == "__main__":
    main()
