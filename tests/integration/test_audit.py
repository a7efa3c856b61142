"""The audit log: what is told of whom, and a chain that an auditor can check."""

import hashlib
import json
import os
import sqlite3
import subprocess
import tempfile

from world import GatewayCase  # first: it knows where the harness is
from harness import main
from harness.http import Api
from harness.programs import program_path


def net(text: str) -> bytes:
    return b"%d:%s," % (len(text.encode()), text.encode())


def digest(entry: dict) -> str:
    """As docs/privacy.md says it."""
    parts = ["wagate-audit-1", entry["previous"], entry["chain"], str(entry["number"]), str(entry["time"]), entry["actor"], entry["source"],
             entry["action"], entry["target"], entry["outcome"]]
    for name in sorted(entry["details"], key=str.encode):
        parts += [name, entry["details"][name]]
    return hashlib.sha256(b"".join(map(net, parts))).hexdigest()


class AuditTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    def entries(self, api, path="/api/v1/audit", **filters):
        query = "&".join(f"{name}={value}" for name, value in {"limit": 1000, **filters}.items())
        return api.get(f"{path}?{query}")["entries"]

    def verify_file(self, text: bytes):
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
            file.write(text)
            file.flush()
            return subprocess.run([program_path("WAGATE_BIN", "wagate"), "audit", "verify", file.name], capture_output=True, text=True, timeout=20)

    def test_acts_are_told_with_who_and_what_and_no_secret(self):
        acme = self.gateway.tenant("acme")
        made = acme.post("/api/keys", {"isAdmin": True, "session": None, "isActive": True})
        with_key = Api(self.gateway.base, made["key"])
        session, _ = self.new_paired("acme", hmac_key="hmac-secret-123")
        with_key.put(f"/api/sessions/{session.name}", {"config": {"webhooks": [{"url": self.hooks.url(session.endpoint), "events": ["*"],
                                                                                 "hmac": {"key": "hmac-secret-456"}}]}})
        with_key.put("/api/v1/retention", {"messages": {"days": 30}})
        session.do("logout")
        acme.delete(f"/api/keys/{made['id']}")
        entries = self.entries(acme)
        told = {entry["action"]: entry for entry in entries}
        for action in ("key.created", "session.created", "pairing.code-shown", "session.paired", "session.configured", "retention.changed",
                       "session.logout", "session.logged-out", "key.deleted"):
            self.assertIn(action, told)
        self.assertEqual(told["key.created"]["target"], made["id"])
        self.assertEqual(told["session.configured"]["actor"], f"key:{made['id']}")
        self.assertEqual(told["session.configured"]["target"], session.name)
        self.assertEqual(told["session.configured"]["source"], "127.0.0.1")
        self.assertIn("webhooks", told["session.configured"]["details"]["config"])
        text = json.dumps(entries)
        for secret in (made["key"], "hmac-secret", self.tenants["acme"]):
            self.assertNotIn(secret, text)
        self.assertEqual(self.entries(acme, actor=f"key:{made['id']}", action="retention.changed"), [told["retention.changed"]])
        self.assertEqual(self.entries(acme, until=entries[0]["time"]), [])

    def test_pages_go_on_by_number(self):
        acme = self.gateway.tenant("acme")
        for _ in range(5):
            acme.put("/api/v1/retention", {"media": {"days": 1 / 1440}})
        seen, after = [], 0
        while after is not None:
            page = acme.get(f"/api/v1/audit?limit=2&after={after}")
            self.assertLessEqual(len(page["entries"]), 2)
            seen += [entry["number"] for entry in page["entries"]]
            after = page["next"]
        self.assertEqual(seen, list(range(1, len(seen) + 1)))
        self.assertGreaterEqual(len(seen), 5)

    def test_chains_are_apart_and_the_operators_is_the_operators(self):
        acme, globex = self.gateway.tenant("acme"), self.gateway.tenant("globex")
        globex.put("/api/v1/retention", {"messages": {"days": 7}})
        self.gateway.api.put("/api/v1/tenants/acme/retention", {"messages": {"days": 8}})
        self.assertTrue(all(entry["chain"] == "tenant:acme" for entry in self.entries(acme)))
        self.assertTrue(all(entry["chain"] == "tenant:globex" for entry in self.entries(globex)))
        operators = self.entries(self.gateway.api, "/api/v1/operator/audit")
        self.assertEqual(operators[0]["action"], "process.started")
        self.assertEqual(operators[-1]["action"], "retention.changed")
        mine = self.entries(acme)[-1]
        self.assertEqual((mine["actor"], mine["action"]), ("operator", "retention.changed"))
        self.assertEqual(self.entries(self.gateway.api, "/api/v1/tenants/globex/audit"), self.entries(globex))
        for path in ("/api/v1/operator/audit", "/api/v1/tenants/globex/audit", "/api/v1/operator/audit/verify"):
            self.assertEqual(acme.request("GET", path).status, 403)
        for path in ("/api/v1/tenants/nobody/audit", "/api/v1/tenants/nobody/audit/verify", "/api/v1/tenants/nobody/export"):
            self.assertEqual(self.gateway.api.request("GET", path).status, 404)

    def test_a_burst_without_a_key_is_told_once(self):
        stranger = Api(self.gateway.base, "no-such-key")
        for _ in range(25):
            self.assertEqual(stranger.request("GET", "/api/sessions").status, 401)
        for _ in range(100):
            bursts = self.entries(self.gateway.api, "/api/v1/operator/audit", action="authentication.failed")
            if bursts:
                break
        self.assertEqual(len(bursts), 1)
        self.assertEqual(bursts[0]["details"]["failures"], "10")
        self.assertNotIn("no-such-key", json.dumps(bursts))

    def test_an_export_is_checked_outside(self):
        acme = self.gateway.tenant("acme")
        for days in range(1, 8):
            acme.put("/api/v1/retention", {"messages": {"days": days}})
        answer = acme.request("GET", "/api/v1/audit?format=jsonl")
        self.assertEqual(answer.status, 200)
        lines = answer.body.splitlines()
        previous = "0" * 64
        for number, line in enumerate(lines, 1):
            entry = json.loads(line)
            self.assertEqual(entry["number"], number)
            self.assertEqual(entry["previous"], previous)
            self.assertEqual(entry["hash"], digest(entry))
            previous = entry["hash"]
        verdict = acme.get("/api/v1/audit/verify")
        self.assertTrue(verdict["valid"], verdict)
        whole = self.verify_file(answer.body)
        self.assertEqual(whole.returncode, 0, whole.stdout + whole.stderr)
        self.assertIn(previous, whole.stdout)
        for broken in (lines[:2] + lines[3:], lines[:1] + [lines[2], lines[1]] + lines[3:], [line.replace(b'"outcome":"succeeded"', b'"outcome":"failed"') for line in lines]):
            self.assertEqual(self.verify_file(b"\n".join(broken)).returncode, 1)
        self.assertEqual(self.verify_file(b"{}").returncode, 2)
        last = json.loads(lines[-1])
        self.assertTrue(acme.get(f"/api/v1/audit/verify?number={last['number']}&hash={last['hash']}")["valid"])
        self.assertFalse(acme.get(f"/api/v1/audit/verify?number={last['number']}&hash={'0' * 64}")["valid"])


class TamperTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e"}

    def test_what_was_done_to_the_file_is_found_and_stops_nothing(self):
        acme = self.gateway.tenant("acme")
        for days in range(1, 6):
            acme.put("/api/v1/retention", {"messages": {"days": days}})
        self.assertTrue(acme.get("/api/v1/audit/verify")["valid"])
        self.gateway.stop()
        file = os.path.join(self.gateway.data_dir, "wagate.db")
        with open(file, "rb") as opened:
            before = opened.read()
        chain = "tenant = (SELECT tenant FROM tenant WHERE id = 'acme')"
        for change, bad in ((f"UPDATE audit SET actor = 'key:nobody' WHERE {chain} AND number = 2", 2),
                            (f"DELETE FROM audit WHERE {chain} AND number = 3", 4),
                            (f"UPDATE audit SET number = 99 WHERE {chain} AND number = 2; UPDATE audit SET number = 2 WHERE {chain} AND number = 3;"
                             f"UPDATE audit SET number = 3 WHERE {chain} AND number = 99", 2),
                            (f"DELETE FROM audit WHERE {chain} AND number = 5", None)):
            with open(file, "wb") as opened:
                opened.write(before)
            database = sqlite3.connect(file)
            database.executescript(change)
            database.close()
            self.gateway.start()
            verdict = self.gateway.tenant("acme").get("/api/v1/audit/verify")
            self.assertFalse(verdict["valid"], change)
            self.assertEqual(verdict["badNumber"], bad)
            self.assertEqual(self.gateway.tenant("acme").get("/api/v1/retention")["messages"]["days"], 5)
            self.gateway.stop()
        self.gateway.start()

    def test_start_and_stop_are_told(self):
        self.gateway.stop()
        self.gateway.start()
        actions = [entry["action"] for entry in self.gateway.api.get("/api/v1/operator/audit?limit=1000")["entries"]]
        self.assertEqual(actions[-2:], ["process.stopped", "process.started"])
        self.assertTrue(self.gateway.api.get("/api/v1/operator/audit/verify")["valid"])


if __name__ == "__main__":
    main()
