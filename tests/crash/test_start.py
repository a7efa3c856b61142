"""The very first start, when the database is made, ended at every call on the disk: the next start must not notice."""

import os
import shutil
import tempfile

from world import CrashGateway, HarnessCase, Sandbox, main  # first: it knows where the harness is
from faults import Fault, Report


class FirstStartTest(HarnessCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="wagate-crash-")
        cls.addClassCleanup(folder.cleanup)
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()
        cls.report = Report(os.path.join(folder.name, "report"))
        cls.gateway = CrashGateway(cls.sandbox, cls.report)
        cls.addClassCleanup(cls.gateway.clean)

    def start(self, fault: Fault) -> bool:
        since = self.gateway.lines.mark()
        self.gateway.launch(fault)
        return self.gateway.wait_listening(since)

    def forget(self):
        shutil.rmtree(self.gateway.data_dir, ignore_errors=True)

    def check_usable(self, what: str):
        """It starts, keeps a session over a kill, and refuses nothing."""
        self.assertTrue(self.start(Fault()), f"{what}: starts\n{self.gateway.tail()}")
        self.gateway.tenant("north").post("/api/sessions", {"name": "kept", "start": False}, expect=201)
        self.gateway.kill()
        self.assertTrue(self.start(Fault()), f"{what}: starts again")
        self.assertEqual(self.gateway.tenant("north").get("/api/sessions/kept")["status"], "STOPPED", what)
        self.gateway.kill()

    def end_everywhere(self, action: str):
        self.forget()
        self.assertTrue(self.start(Fault()))
        calls = self.report.calls()
        self.gateway.kill()
        self.assertGreater(calls["sync"], 3, "a database is made")
        points = [Fault(action, name, number, when, seed=number) for name in ("write", "sync", "cut")
                  for number in range(1, calls[name] + 1) for when in ("before", "after")]
        hit = 0
        for fault in points:
            with self.subTest(str(fault)):
                self.forget()
                self.start(fault)
                hit += self.report.fired
                self.gateway.kill()
                self.check_usable(str(fault))
        print(f"\nfirst starts ended by {action}: {hit} of {len(points)}", flush=True)
        # What happens in the background is not at the same place each time.
        self.assertGreaterEqual(hit, len(points) * 0.9)

    def test_a_kill_while_the_database_is_made(self):
        self.end_everywhere("kill")

    def test_a_power_loss_while_the_database_is_made(self):
        self.end_everywhere("power")


if __name__ == "__main__":
    main()
