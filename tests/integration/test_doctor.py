"""`wagate doctor` on set-ups that are right and on ones that are not, beside a daemon that runs, and `wagate health`."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from world import GatewayCase  # first: it knows where the harness is
from harness import Gateway, HarnessCase, main, require
from harness.programs import program_path

NOBODY = 65534


class Doctor:
    """The program in a folder that anybody may enter, and a data folder of whoever runs it; nobody, where the tests run as root."""

    def __init__(self, case: HarnessCase):
        folder = tempfile.TemporaryDirectory(prefix="wagate-test-")
        case.addCleanup(folder.cleanup)
        top = pathlib.Path(folder.name)
        top.chmod(0o755)
        self.program = shutil.copy(program_path("WAGATE_BIN", "wagate"), top / "wagate")
        self.data = top / "data"
        self.data.mkdir(mode=0o700)
        self.user = {}
        if os.geteuid() == 0:
            self.user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(self.data, NOBODY, NOBODY)

    def own(self, *files: pathlib.Path):
        for file in files:
            file.chmod(0o600)
            if self.user:
                os.chown(file, NOBODY, NOBODY)

    def ask(self, **settings: str) -> tuple[int, dict[str, dict]]:
        """The status, and the worst finding of each check."""
        env = {"PATH": os.environ["PATH"], "WAGATE_DATA_DIR": str(self.data), **settings}
        run = subprocess.run([self.program, "doctor", "--json"], env=env, capture_output=True, text=True, timeout=120, check=False, **self.user)
        answer = json.loads(run.stdout)
        order = ["fine", "warning", "error"]
        assert order.index(answer["status"]) == run.returncode, run
        worst = {}
        for finding in answer["findings"]:
            assert bool(finding["advice"]) == (finding["grade"] != "fine"), finding
            before = worst.get(finding["check"])
            if before is None or order.index(before["grade"]) < order.index(finding["grade"]):
                worst[finding["check"]] = finding
        return run.returncode, worst


class SetUpsTest(HarnessCase):
    # What this machine decides is judged in the unit tests.
    OF_THE_MACHINE = {"free-space", "file-limit", "media-sandbox", "ffmpeg", "certificate-authorities", "clock"}

    def test_a_good_set_up_is_fine(self):
        status, found = Doctor(self).ask(WAHA_API_KEY="sha512:" + "0f" * 64)
        self.assertEqual({check for check, finding in found.items() if finding["grade"] != "fine"} - self.OF_THE_MACHINE, set())
        if not {check for check in self.OF_THE_MACHINE if found[check]["grade"] != "fine"}:
            self.assertEqual(status, 0)
        self.assertEqual(set(found), self.OF_THE_MACHINE | {"privileges", "data-folder", "private-files", "master-key", "database", "core-dumps",
                                                            "listen", "tls", "allowed-hosts", "api-key", "tenant-keys", "egress", "settings"})

    def test_what_is_wrong_is_told_and_how_to_mend_it(self):
        doctor = Doctor(self)
        doctor.data.chmod(0o755)
        secret = doctor.data / "key-secret"
        secret.write_text("x")
        secret.chmod(0o644)
        status, found = doctor.ask(WAGATE_LISTEN="0.0.0.0:3000", WAHA_API_KEY="aaaaaaaaaaaaaaaaaa", WAGATE_TENANT_KEYS="acme:short",
                                   WAGATE_EGRESS_ALLOW="0.0.0.0/0", WAGATE_CORE_DUMPS="true", WAGATE_MEDIA_SANDBOX="off", WAHA_NOTHING="1",
                                   WAGATE_ADMIN_LISTEN="0.0.0.0:3001")
        self.assertEqual(status, 2)
        grades = {check: finding["grade"] for check, finding in found.items()}
        for check in ("data-folder", "private-files"):
            self.assertEqual(grades[check], "error")
        for check in ("listen", "admin-listen", "allowed-hosts", "api-key", "tenant-keys", "egress", "core-dumps", "media-sandbox", "settings"):
            self.assertEqual(grades[check], "warning", check)
        self.assertIn("chmod 0700", found["data-folder"]["advice"])
        self.assertIn("WAHA_NOTHING", found["settings"]["text"])
        self.assertNotIn("aaaaaaaa", json.dumps(found))

    def test_a_setting_that_stops_the_daemon_is_an_error(self):
        status, found = Doctor(self).ask(WAGATE_MEDIA_SANDBOX="maybe")
        self.assertEqual((status, found["settings"]["grade"]), (2, "error"))
        self.assertIn("WAGATE_MEDIA_SANDBOX", found["settings"]["text"])

    def test_what_is_no_database_is_an_error_and_left_alone(self):
        doctor = Doctor(self)
        database = doctor.data / "wagate.db"
        database.write_bytes(b"not a database, but long enough to be taken for one" * 100)
        doctor.own(database)
        before = database.read_bytes()
        status, found = doctor.ask()
        self.assertEqual((status, found["database"]["grade"]), (2, "error"))
        self.assertEqual(database.read_bytes(), before)

    def test_the_certificate_and_the_names_are_looked_at(self):
        doctor = Doctor(self)
        program = require(shutil.which("openssl"), "no openssl program")
        key, certificate = doctor.data / "tls.key", doctor.data / "tls.pem"
        settings = {"WAGATE_TLS_CERT_FILE": str(certificate), "WAGATE_TLS_KEY_FILE": str(key), "WAGATE_LISTEN": "0.0.0.0:3000"}
        for days, grade in ((60, "fine"), (3, "warning")):
            subprocess.run([program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days),
                            "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
            doctor.own(key, certificate)
            _, found = doctor.ask(**settings)
            self.assertEqual((found["tls"]["grade"], found["listen"]["grade"]), (grade, "fine"), found["tls"])
        _, found = doctor.ask(**settings, WAGATE_TLS_LISTEN="0.0.0.0:3443")
        self.assertEqual(found["listen"]["grade"], "warning", "the plain one is there as well")
        key.chmod(0o644)
        self.assertIn("chmod", doctor.ask(**settings)[1]["tls"]["advice"])
        certificate.write_text("no certificate")
        status, found = doctor.ask(**settings)
        self.assertEqual((status, found["tls"]["grade"]), (2, "error"))
        hosts = doctor.ask(WAGATE_ALLOWED_HOSTS="api.example.com")[1]["allowed-hosts"]
        self.assertEqual(hosts["grade"], "fine")
        self.assertIn("api.example.com", hosts["text"])
        self.assertEqual(doctor.ask(WAGATE_ALLOWED_HOSTS="*")[1]["allowed-hosts"]["grade"], "warning")

    def test_people_read_lines(self):
        run = subprocess.run([program_path("WAGATE_BIN", "wagate"), "doctor"], capture_output=True, text=True, timeout=120, check=False,
                             env={"PATH": os.environ["PATH"], "WAGATE_DATA_DIR": "/nonexistent/data", "WAGATE_LISTEN": "0.0.0.0:3000"})
        self.assertEqual(run.returncode, 1, run)
        self.assertRegex(run.stdout, r"(?m)^warning  listen: .*\n         -> .*https")
        self.assertFalse(pathlib.Path("/nonexistent").exists())


class BesideADaemonTest(GatewayCase):
    def run_it(self, *arguments: str) -> subprocess.CompletedProcess:
        env = dict(self.gateway.env)
        env["WAGATE_LISTEN"] = self.gateway.base.removeprefix("http://")
        return subprocess.run([self.gateway.command[0], *arguments], env=env, capture_output=True, text=True, timeout=120, check=False)

    def test_a_running_daemon_is_seen_and_not_disturbed(self):
        session, _ = self.new_paired()
        phone = self.sandbox.account()
        for number in range(3):
            run = self.run_it("doctor", "--json")
            found = {finding["check"]: finding for finding in json.loads(run.stdout)["findings"]}
            self.assertEqual(found["database"]["text"], "it is whole, and a daemon uses it")
            self.assertIn("1 sessions", found["file-limit"]["text"])
            self.assertEqual(found["private-files"]["grade"], "fine")
            session.send(phone.chat_id, f"after look {number}")
            phone.received(f"after look {number}")

    def test_health_asks_the_daemon(self):
        self.assertEqual(self.run_it("health").returncode, 0)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            nobody = f"127.0.0.1:{free.getsockname()[1]}"
        env = {"PATH": os.environ["PATH"], "WAGATE_LISTEN": nobody}
        run = subprocess.run([self.gateway.command[0], "health"], env=env, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertIn("nothing answers", run.stderr)


class MasterKeyTest(GatewayCase):
    """The key at hand against the one that a database is sealed with, in every place that it may come from."""

    def setUp(self):
        super().setUp()
        gateway = Gateway(self.sandbox)
        self.addCleanup(gateway.clean)
        gateway.start()
        self.wanted = gateway.api.get("/api/v1/master-key")["keyId"]
        gateway.stop()
        self.command, self.env = gateway.command[0], gateway.env
        self.data = pathlib.Path(gateway.data_dir)
        self.file = self.data / "master.key"
        self.key = self.file.read_text().strip()

    def files(self) -> dict[str, str]:
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in self.data.iterdir() if path.is_file()}

    def assert_grade(self, grade: str, words: str, **settings: str):
        before = self.files()
        run = subprocess.run([self.command, "doctor", "--json"], env=self.env | settings, capture_output=True, text=True, timeout=120, check=False)
        [found] = [finding for finding in json.loads(run.stdout)["findings"] if finding["check"] == "master-key"]
        self.assertEqual(found["grade"], grade, found)
        self.assertIn(words, found["text"])
        self.assertNotIn(self.key, run.stdout)
        self.assertEqual(self.files(), before)

    def elsewhere(self, text: str, name: str = "wagate-master-key") -> pathlib.Path:
        folder = tempfile.TemporaryDirectory(prefix="wagate-test-")
        self.addCleanup(folder.cleanup)
        file = pathlib.Path(folder.name) / name
        file.write_text(text)
        file.chmod(0o600)
        return file

    def test_in_a_file(self):
        self.assert_grade("warning", "beside the database")
        self.file.chmod(0o644)
        self.assert_grade("error", "others may use it")
        apart = self.elsewhere(self.key)
        self.file.unlink()
        self.assert_grade("error", f"sealed with key {self.wanted}, and no key is there")
        self.assert_grade("fine", "not beside the database", WAGATE_MASTER_KEY_FILE=str(apart))
        apart.write_text(base64.b64encode(os.urandom(32)).decode())
        self.assert_grade("error", "and the key that is there is", WAGATE_MASTER_KEY_FILE=str(apart))
        apart.write_text("no key")
        self.assert_grade("error", "no key is there", WAGATE_MASTER_KEY_FILE=str(apart))

    def test_in_the_environment_or_as_a_credential(self):
        self.file.unlink()
        other = base64.b64encode(os.urandom(32)).decode()
        self.assert_grade("fine", "given", WAGATE_MASTER_KEY=self.key)
        self.assert_grade("fine", "given", CREDENTIALS_DIRECTORY=str(self.elsewhere(self.key).parent))
        self.assert_grade("error", self.wanted, WAGATE_MASTER_KEY=other)
        self.assert_grade("error", self.wanted, CREDENTIALS_DIRECTORY=str(self.elsewhere(other).parent))
        following = self.elsewhere(self.key, "next")
        self.assert_grade("warning", "next key already", WAGATE_MASTER_KEY=other, WAGATE_MASTER_KEY_NEXT_FILE=str(following))
        following.chmod(0o640)
        self.assert_grade("error", "others may use it", WAGATE_MASTER_KEY=other, WAGATE_MASTER_KEY_NEXT_FILE=str(following))

    def test_after_a_rotation_that_was_cut_short(self):
        self.file.rename(self.data / "master.key.new")
        self.file.write_text(base64.b64encode(os.urandom(32)).decode())
        self.file.chmod(0o600)
        self.assert_grade("warning", "cut short")


if __name__ == "__main__":
    main()
