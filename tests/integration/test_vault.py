"""Secrets at rest: the master key's first start, sealed starts, and keys that are replaced while messages pass."""

import base64
import contextlib
import glob
import json
import os
import sqlite3
import stat
import tempfile
import time
import urllib.error
import urllib.request

from world import GatewayCase  # first: it knows where the harness is
from harness import Gateway, Session, WebhookReceiver, main, wait_until

CANARY = "canary-5e1f07d2"


def fetch(url: str) -> tuple[int, dict]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


class VaultTest(GatewayCase):
    def new_gateway(self, **env) -> Gateway:
        gateway = Gateway(self.sandbox, env=env)
        self.addCleanup(gateway.clean)
        return gateway

    def key_file(self, gateway: Gateway | None = None) -> str:
        return os.path.join((gateway or self.gateway).data_dir, "master.key")

    def files(self, gateway: Gateway | None = None) -> dict[str, bytes]:
        found = {}
        for path in glob.glob(os.path.join((gateway or self.gateway).data_dir, "wagate.db*")):
            with open(path, "rb") as file:
                found[path] = file.read()
        return found

    def start_sealed(self, gateway: Gateway) -> dict:
        since = gateway.lines.mark()
        gateway.spawn()
        return gateway.wait_json(lambda line: line.get("event") == "sealed", 30, "sealed line", since)

    # ------------------------------------------------------------------ keys

    def test_the_first_start_makes_a_key_and_warns(self):
        gateway = self.new_gateway().start()
        self.assertEqual(stat.S_IMODE(os.stat(self.key_file(gateway)).st_mode), 0o600)
        self.assertIn("a master key was made: back it up", gateway.tail(200))
        self.assertIn(self.key_file(gateway), gateway.tail(200))
        with open(self.key_file(gateway)) as file:
            self.assertNotIn(file.read().strip(), gateway.tail(500))
        gateway.stop()
        before = gateway.lines.mark()
        gateway.start()
        self.assertEqual(gateway.api.get("/api/v1/master-key").keys(), {"keyId"})
        self.assertGreaterEqual(gateway.lines.mark(), before)

    def test_a_key_from_the_environment_is_used_and_wiped(self):
        key = base64.b64encode(os.urandom(32)).decode()
        gateway = self.new_gateway(WAGATE_MASTER_KEY=key).start()
        self.assertFalse(os.path.exists(self.key_file(gateway)))
        with open(f"/proc/{gateway.pid}/environ", "rb") as file:
            self.assertNotIn(key.encode(), file.read())
        gateway.api.post("/api/v1/master-key/rotate", {}, expect=409)
        gateway.stop()
        gateway.start()

    def test_a_credential_of_the_service_manager_is_used(self):
        with tempfile.TemporaryDirectory() as credentials:
            path = os.path.join(credentials, "wagate-master-key")
            with open(path, "w") as file:
                file.write(os.urandom(32).hex())
            gateway = self.new_gateway(CREDENTIALS_DIRECTORY=credentials).start()
            self.assertFalse(os.path.exists(self.key_file(gateway)))
            wanted = gateway.api.get("/api/v1/master-key")["keyId"]
            gateway.api.post("/api/v1/master-key/rotate", {}, expect=409)
            gateway.stop()
            with open(path, "w") as file:
                file.write(os.urandom(32).hex())
            self.assertEqual(self.start_sealed(gateway)["wantedKeyId"], wanted)

    def test_the_next_key_comes_from_where_the_operator_has_put_it(self):
        first, second = (os.urandom(32).hex() for _ in range(2))
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "next")
            gateway = self.new_gateway(WAGATE_MASTER_KEY=first, WAGATE_MASTER_KEY_NEXT_FILE=path).start()
            before = gateway.api.get("/api/v1/master-key")["keyId"]
            gateway.api.post("/api/v1/master-key/rotate", {}, expect=409)  # no file yet
            with open(path, "w") as file:
                file.write(first)
            gateway.api.post("/api/v1/master-key/rotate", {}, expect=409)  # the one in use
            with open(path, "w") as file:
                file.write(second)
            after = gateway.api.post("/api/v1/master-key/rotate", {}, expect=200)["keyId"]
            self.assertNotEqual(after, before)
            gateway.stop()
            gateway.start()  # before the operator has changed the variable
            self.assertEqual(gateway.api.get("/api/v1/master-key")["keyId"], after)
            gateway.stop()
            del gateway.env["WAGATE_MASTER_KEY_NEXT_FILE"]
            self.assertEqual(self.start_sealed(gateway)["wantedKeyId"], after)
            gateway.stop()
            gateway.env["WAGATE_MASTER_KEY"] = second
            gateway.start()
            self.assertEqual(gateway.api.get("/api/v1/master-key")["keyId"], after)

    def test_without_its_key_the_database_stays_sealed(self):
        gateway = self.new_gateway().start()
        wanted = gateway.api.get("/api/v1/master-key")["keyId"]
        gateway.stop()
        before = self.files(gateway)
        kept = self.key_file(gateway) + ".kept"
        os.rename(self.key_file(gateway), kept)
        for content in (None, base64.b64encode(os.urandom(32)).decode(), "nonsense"):
            with self.subTest(content and content[:4]):
                if content:
                    with open(self.key_file(gateway), "w") as file:
                        file.write(content)
                line = self.start_sealed(gateway)
                self.assertEqual(line["wantedKeyId"], wanted)
                self.assertEqual(fetch(line["http"] + "/ping"), (200, {"message": "pong"}))
                for path in ("/health", "/api/sessions", "/api/v1/tenants", "/"):
                    status, body = fetch(line["http"] + path)
                    self.assertEqual((status, body["reason"], body["wantedKeyId"]), (503, "sealed", wanted), path)
                self.assertEqual(gateway.stop(), 0)
                self.assertEqual(self.files(gateway), before)
                self.assertEqual(os.path.exists(self.key_file(gateway)), content is not None)
        os.replace(kept, self.key_file(gateway))
        gateway.start()
        self.assertEqual(gateway.api.get("/api/v1/master-key")["keyId"], wanted)

    # ------------------------------------------------------------------ what lies on the disk

    def test_nothing_secret_is_in_the_files(self):
        session, account = self.new_paired(hmac_key=CANARY + "-webhook", metadata={"note": CANARY + "-metadata"})
        other = self.sandbox.account()
        other.send(account.digits, CANARY + "-inbound")
        session.wait_message(CANARY + "-inbound")
        session.wait_ack(session.send(other.chat_id, CANARY + "-outbound"), 1)
        proxied = self.new_session(start=False, proxy={"server": "127.0.0.1:9", "username": "u", "password": CANARY + "-proxy"})
        for when in ("running", "stopped"):
            for path, content in self.files().items():
                self.assertNotIn(CANARY.encode(), content, f"{path} {when}")
                self.assertNotIn(base64.b64encode(CANARY.encode())[:18], content, f"{path} {when}")
            if when == "running":
                self.gateway.stop()
        since = self.hooks.mark()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        self.assertEqual([entry["body"] for entry in session.messages(other.chat_id, limit=10)],
                         [CANARY + "-outbound", CANARY + "-inbound"])
        proxied.remove()

    # ------------------------------------------------------------------ what was changed behind its back

    def changed(self, *statements: str, **values):
        with contextlib.closing(sqlite3.connect(os.path.join(self.gateway.data_dir, "wagate.db"))) as database:
            for statement in statements:
                database.execute(statement, values)
            database.commit()

    def failed(self, session: Session) -> dict:
        deadline = time.monotonic() + 20
        while True:
            info = session.info()
            if info["status"] == "FAILED":
                return info
            self.assertLess(time.monotonic(), deadline, info)
            time.sleep(0.05)

    def test_a_session_whose_records_were_put_back_fails_and_the_others_go_on(self):
        session, account = self.new_paired()
        healthy, other = self.new_paired()
        sender = self.sandbox.account()
        session.send(sender.chat_id, "one")
        sender.received("one")
        self.gateway.stop()
        number = "(SELECT session FROM session WHERE name = :name)"
        self.changed(f"CREATE TABLE before AS SELECT * FROM record WHERE session = {number}", name=session.name)
        since = self.hooks.mark()
        self.gateway.start()
        session.wait_status("WORKING", since=since)
        session.send(sender.chat_id, "two")
        sender.received("two")
        self.gateway.stop()
        self.changed("INSERT OR REPLACE INTO record SELECT * FROM before", "DROP TABLE before")
        since = self.hooks.mark()
        self.gateway.start()
        info = self.failed(session)
        self.assertEqual((info["statusReason"], info["statusDetail"]), ("storage_error", "stored records are not those that were written last"))
        healthy.wait_status("WORKING", since=since)
        sender.send(other.digits, "to the healthy one")
        healthy.wait_message("to the healthy one")
        session.remove()

    def test_a_configuration_that_was_changed_stops_its_session_alone(self):
        session, account = self.new_paired()
        healthy, other = self.new_paired()
        self.gateway.stop()
        self.changed("UPDATE session SET config = (SELECT config FROM session WHERE name = :other) WHERE name = :name",
                     name=session.name, other=healthy.name)
        since = self.hooks.mark()
        self.gateway.start()
        info = self.failed(session)
        self.assertEqual((info["statusReason"], info["statusDetail"]), ("storage_error", "a sealed value was changed behind the program's back"))
        healthy.wait_status("WORKING", since=since)
        # Nothing starts it without its proxy and its webhooks; a new configuration puts it right.
        session.api.request("POST", f"/api/sessions/{session.name}/start", {})
        self.assertEqual(session.info()["status"], "FAILED")
        session.api.put(f"/api/sessions/{session.name}", {"config": info["config"]})
        deadline = time.monotonic() + 20
        while session.info()["status"] != "WORKING":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        session.remove()

    def test_an_event_that_was_changed_is_told_to_nobody_and_the_others_sessions_go_on(self):
        session, account = self.new_paired()
        healthy, other = self.new_paired()
        sender = self.sandbox.account()
        self.hooks.answer(session.endpoint, lambda delivery: 503 if delivery.event.startswith("message") else None)
        sender.send(account.digits, "the real one")
        sender.send(other.digits, "of another session")
        healthy.wait_message("of another session")
        self.hooks.wait("message.any", lambda delivery: delivery.payload["body"] == "the real one", session=session.name)
        self.gateway.stop()
        # What is sealed for one row does not open in another.
        number = "(SELECT session FROM session WHERE name = :name)"
        self.changed(f"UPDATE event SET value = (SELECT value FROM event WHERE session = {number} ORDER BY sequence LIMIT 1) "
                     f"WHERE session = {number} AND sequence = (SELECT max(sequence) FROM event WHERE session = {number})", name=session.name)
        self.hooks.recover(session.endpoint)
        since = self.hooks.mark()
        self.gateway.start()
        wait_until(lambda: "event log not readable" in self.gateway.tail(200), 20, "the damage is told")
        sender.send(other.digits, "after it")
        healthy.wait_message("after it", since=since)
        told = [delivery.payload.get("body") for delivery in self.hooks.deliveries("message.any", session.name, since)]
        self.assertNotIn("the real one", told)
        session.remove()

    # ------------------------------------------------------------------ rotation

    def rotated(self, tenant: str = "default") -> dict:
        deadline = time.monotonic() + 60
        while True:
            state = self.gateway.api.get(f"/api/v1/tenants/{tenant}/key")
            if not state["rotating"]:
                return state
            self.assertLess(time.monotonic(), deadline, "the old version stays")
            time.sleep(0.05)

    def test_keys_are_replaced_under_traffic_and_over_a_kill(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        since = self.hooks.mark()
        sent = []
        for number in range(60):
            text = f"rotation {number}"
            other.send(account.digits, text)
            sent.append(text)
            if number == 10:
                self.gateway.api.post("/api/v1/tenants/default/key/rotate", {}, expect=202)
            if number == 20:
                master = self.gateway.api.post("/api/v1/master-key/rotate", {}, expect=200)["keyId"]
            if number == 30:
                self.gateway.api.post("/api/v1/tenants/default/key/rotate", {}, expect=202)
                self.gateway.kill()
                self.gateway.start()
        session.wait_message(sent[-1], 60, since)
        state = self.rotated()
        self.assertEqual(state["versions"][-1]["current"], True)
        self.assertEqual(state["oldRecords"], 0)
        self.assertEqual(self.gateway.api.get("/api/v1/master-key")["keyId"], master)
        self.gateway.stop()
        again = self.hooks.mark()
        self.gateway.start()
        session.wait_status("WORKING", since=again)
        bodies = {entry["body"] for entry in session.messages(other.chat_id, limit=100)}
        self.assertLessEqual(set(sent), bodies)
        told = {entry.payload["body"] for entry in self.hooks.deliveries("message", session.name, since)}
        self.assertEqual(told, set(sent))
        session.send(other.chat_id, "afterwards")
        other.received("afterwards")

    def test_a_tenant_that_is_not_there_has_no_key(self):
        self.gateway.api.get("/api/v1/tenants/nobody/key", expect=404)
        self.gateway.api.post("/api/v1/tenants/nobody/key/rotate", {}, expect=404)


if __name__ == "__main__":
    main()
