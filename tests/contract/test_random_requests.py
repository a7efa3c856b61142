"""Requests that nobody thought of: generated from the whole of api/openapi.json by schemathesis, sent to a gateway with a
paired session. No 5xx, nothing that the document does not say, nothing open that should be closed."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from stage import Stage  # first: it knows where the harness is
from harness import main, packages
from harness.waiting import SCALE

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20_260_701
EXAMPLES = 6
# Seconds for all of it. What is left of them after each operation had its turn is spent on more of the same.
BUDGET = 120
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
          "response_headers_conformance", "ignored_auth")
# Not asked for, and why.
LEFT_OUT = {
    "GET /ws": "a WebSocket",
    "GET /api/v1/events/stream": "does not end",
    "POST /api/server/stop": "ends the gateway",
    "POST /api/v1/tenants/{tenant}/suspend": "could name the tenant that the others need",
    "DELETE /api/v1/tenants/{tenant}": "could name the tenant that the others need",
    "POST /api/sessions/stop": "could name the session that the others need",
    "POST /api/sessions/logout": "could name the session that the others need",
    "PUT /api/v1/sessions/{session}/limits": "would have all others answered 429",
    "PUT /api/v1/tenants/{tenant}/limits": "would have all others answered 429",
    "PUT /api/v1/keys/{id}/limits": "would have all others answered 429",
}


class RandomRequestsTest(Stage):
    def settings(self) -> str:
        """A configuration: which session, chat and group the requests are about."""
        group, spare = self.group(), self.new_session(create=False)
        spare.create(start=False)
        message = self.received("talk about me")["id"]
        parameters = {"session": self.one.name, "chatId": self.two.chat, "contactId": self.two.chat, "messageId": message,
                      "phoneNumber": self.third.phone, "lid": self.third.lid_jid}
        lines = ["[parameters]", *(f"{name} = {json.dumps(value)}" for name, value in parameters.items())]
        for pattern, values in ((r"^/api/sessions/\{session\}", {"session": spare.name}), (r"/groups/\{id\}", {"session": self.one.name, "id": group}),
                                (r"^/api/v1/events$", {"session": self.one.name, "wait": 1})):  # nobody waits for long here
            lines += ["[[operations]]", f"include-path-regex = {json.dumps(pattern)}",
                      "parameters = { " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in values.items()) + " }"]
        return "\n".join(lines) + "\n"

    def test_the_document_holds_for_requests_at_random(self):
        folder = packages.installed(HERE / "requirements.txt")
        with tempfile.TemporaryDirectory(prefix="wagate-random-") as work:
            config, report = pathlib.Path(work, "schemathesis.toml"), pathlib.Path(work, "report.json")
            config.write_text(self.settings(), encoding="utf-8")
            command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(HERE.parents[1] / "api" / "openapi.json"),
                       "--url", self.gateway.base, "--header", f"X-Api-Key: {self.gateway.api.key}", "--workers", "2",
                       "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", str(SEED),
                       "--no-shrink", "--continue-on-failure", "--request-timeout", "40", "--suppress-health-check", "all",
                       "--warnings", "off", "--max-time", str(int(BUDGET * SCALE)), "--report", "json", "--report-json-path", str(report)]
            for name in LEFT_OUT:
                command += ["--exclude-name", name]
            environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(HERE), str(folder)]), SCHEMATHESIS_HOOKS="random_hooks",
                               WAGATE_CONTRACT_SESSION=self.one.name, NO_COLOR="1", PYTHONDONTWRITEBYTECODE="1")
            done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, timeout=400 * SCALE)
            self.assertTrue(report.exists(), done.stdout[-4000:] + done.stderr[-4000:])
        told = done.stdout.partition("= ERRORS =")[2] or done.stdout.partition("= FAILURES =")[2] or done.stdout
        self.assertEqual(done.returncode, 0, "".join(line[:400] + "\n" for line in told.splitlines())[-60_000:] + done.stderr[-4000:])
        selected, tested = (int(re.search(rf"{what}: (\d+)", done.stdout)[1]) for what in ("Selected", "Tested"))
        self.assertEqual((tested, tested > 100), (selected, True), done.stdout[-2000:])
        self.assertTrue(self.gateway.alive())
        self.assertEqual(self.gateway.api.get("/health")["status"], "ok")
        self.assertEqual(self.one.status(), "WORKING")
        print(done.stdout[-400:], file=sys.stderr)


if __name__ == "__main__":
    main()
