"""All data of a tenant as one archive: what the API tells, and nothing of others."""

import hashlib
import io
import json
import tarfile
import urllib.request

from world import GatewayCase  # first: it knows where the harness is
from harness import main
from test_history import HistoryCase


def unpacked(body: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive.getmembers()}


def lines(files: dict[str, bytes], beginning: str) -> list[dict]:
    return [json.loads(line) for name in sorted(files) if name.startswith(beginning) for line in files[name].splitlines()]


class ExportTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    def export(self, api, path="/api/v1/export") -> dict[str, bytes]:
        answer = api.request("GET", path)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/gzip")
        files = unpacked(answer.body)
        self.assertEqual(list(files)[-1], "manifest.json")
        manifest = json.loads(files["manifest.json"])
        self.assertEqual([entry["name"] for entry in manifest["files"]], list(files)[:-1])
        for entry in manifest["files"]:
            self.assertEqual(entry["bytes"], len(files[entry["name"]]))
            self.assertEqual(entry["sha256"], hashlib.sha256(files[entry["name"]]).hexdigest(), entry["name"])
        return files

    def test_an_archive_holds_what_the_api_tells_and_nothing_of_others(self):
        session, phone = self.new_paired("acme", hmac_key="hmac-secret-123")
        theirs, their_phone = self.new_paired("globex")
        sender = self.sandbox.account()
        for number in range(3):
            sender.send(phone.digits, f"for acme {number}")
            session.wait_message(f"for acme {number}")
        sender.send(their_phone.digits, "for globex only")
        theirs.wait_message("for globex only")
        acme = self.gateway.tenant("acme")
        files = self.export(acme)
        folder = f"sessions/{session.name}/"
        info = json.loads(files[folder + "session.json"])
        self.assertEqual(info["name"], session.name)
        self.assertEqual(info["config"]["webhooks"][0]["hmac"]["key"], "***")
        told = session.messages("all", limit=1000, sortOrder="asc")
        kept = lines(files, folder + "messages-")
        self.assertEqual([message["id"] for message in kept], [message["id"] for message in told])
        for one, other in zip(kept, told):
            self.assertIsNone(one.pop("file"))
            self.assertEqual(one, other)
        chats = {chat["id"]: chat for chat in acme.get(f"/api/{session.name}/chats?limit=1000")}
        self.assertEqual({json.dumps(chat["id"]) for chat in lines(files, folder + "chats-")}, {json.dumps(chat["id"]) for chat in chats.values()})
        contacts = acme.get(f"/api/contacts/all?session={session.name}&limit=1000")
        self.assertEqual(lines(files, folder + "contacts-"), contacts)
        events = [entry for entry in lines(files, "events/events-")]
        self.assertEqual({entry["session"] for entry in events}, {session.name})
        received = {entry["payload"]["body"] for entry in events if entry["event"] == "message"}
        self.assertEqual(received, {f"for acme {number}" for number in range(3)})
        audit = lines(files, "audit/audit-")
        self.assertEqual(audit, acme.get("/api/v1/audit?limit=1000")["entries"][:len(audit)])
        counts = json.loads(files["manifest.json"])["counts"]
        self.assertEqual((counts["messages"], counts["events"], counts["audit"], counts["sessions"]), (len(kept), len(events), len(audit), 1))
        everything = b"".join(files.values())
        for foreign in (b"for globex only", b"hmac-secret", their_phone.digits.encode(), b"globex"):
            self.assertNotIn(foreign, everything)
        self.assertIn(b"hmac-secret-123", b"".join(self.export(acme, "/api/v1/export?secrets=true").values()))
        operators = self.export(self.gateway.api, "/api/v1/tenants/acme/export")
        self.assertEqual(lines(operators, folder + "messages-"), lines(files, folder + "messages-"))
        actions = [entry["action"] for entry in self.gateway.api.get("/api/v1/operator/audit?limit=1000")["entries"]]
        self.assertIn("tenant.exported", actions)

    def test_whom_it_is_refused(self):
        acme = self.gateway.tenant("acme")
        session = self.new_session("acme")
        limited = acme.post("/api/keys", {"isAdmin": False, "session": session.name, "isActive": True})
        self.assertEqual(acme.request("GET", "/api/v1/export", headers={"X-Api-Key": limited["key"]}).status, 403)
        self.assertEqual(acme.request("GET", "/api/v1/tenants/globex/export").status, 403)
        self.assertEqual(self.gateway.api.request("GET", "/api/v1/tenants/nobody/export").status, 404)
        self.assertEqual(acme.request("GET", "/api/v1/export?secrets=maybe").status, 400)


class LargeExportTest(HistoryCase):
    def export_size(self) -> int:
        """Read in small pieces, which are not kept."""
        request = urllib.request.Request(self.gateway.base + "/api/v1/export", headers={"X-Api-Key": self.gateway.api.key})
        size, messages = 0, 0
        with urllib.request.urlopen(request, timeout=300) as answer, tarfile.open(fileobj=answer, mode="r|gz") as archive:
            for entry in archive:
                size += entry.size
                if "/messages-" in entry.name:
                    messages += sum(1 for _ in archive.extractfile(entry))
        self.assertEqual(messages, self.expected_messages)
        return size

    def test_a_large_archive_takes_little_memory(self):
        self.expected_messages = 50_010
        small, other = self.new_paired()
        self.make_history(other, chats=5, messages=10, files="always")
        self.wait_done(small, 5)
        session, account = self.new_paired()
        self.make_history(account, chats=1_000, messages=50_000, files="always")
        self.wait_done(session, 1_000)
        idle = self.memory("VmRSS")
        self.forget_peak()
        size = self.export_size()
        grown = self.memory("VmHWM") - idle
        print(f"an archive of {size >> 20} MiB: {grown} KiB above idle")
        self.assertGreater(size, 30 << 20)
        self.assertLessEqual(grown, 16 * 1024)


if __name__ == "__main__":
    main()
