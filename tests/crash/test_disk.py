"""A disk that fails, and one that is full for a while."""

import os

from world import HarnessCase, World, main  # first: it knows where the harness is
from faults import Fault
from oracle import judge
from report import complaint


class DiskCase(HarnessCase):
    def setUp(self):
        self.world = World(seed=11)
        self.addCleanup(self.world.close)
        self.world.prepare()
        self.world.end()
        self.trouble = self.world.path("trouble")

    def begin_trouble(self):
        with open(self.trouble, "w", encoding="ascii"):
            pass

    def end_trouble(self):
        os.unlink(self.trouble)

    def start(self, action: str, call_class: str):
        """A gateway whose calls of this class fail while there is trouble; it has worked before."""
        world = self.world
        self.assertTrue(world.start(Fault(action, call_class, 1, while_exists=self.trouble)), "starts")
        world.traffic.grant(2, 2)
        world.settle(20)

    def health(self) -> int:
        return self.world.gateway.api.request("GET", "/health").status

    def unconfirmed(self) -> int:
        """What the network still has to deliver, once the phones have said all they were granted."""
        self.world.poll(self.world.traffic.has_spoken, 10, "the end of what phones say")
        return self.world.sandbox.stats()["queued_stanzas"]

    def speak_to_all(self, text: str) -> int:
        """How many messages phones have sent."""
        for line in self.world.lines:
            contact = line.contacts[1]
            line.inbound.append({"contact": contact, "text": f"{text} {line.number}", "id": contact.send(line.account.digits, f"{text} {line.number}")})
        return len(self.world.lines)

    def try_to_send(self, key: str) -> int | None:
        line = self.world.lines[0]
        send = {"contact": line.contacts[0], "text": f"probe {key}", "key": key}
        return self.world.traffic.post(line, send, self.world.gateway.base)[0]

    def check_truth(self):
        """Everything that was sent is there once."""
        world = self.world
        world.settle(30)
        world.poll(lambda: world.sandbox.stats()["queued_stanzas"] == 0, 15, "all stanzas acknowledged")
        verdict = judge(world, restart_limit=float("inf"))
        self.assertTrue(verdict.is_clean(), complaint({"problems": [], "found": verdict.found}))


class FailingDiskTest(DiskCase):
    def fails_for_good(self, action: str, call_class: str):
        world = self.world
        self.start(action, call_class)
        self.begin_trouble()
        world.traffic.grant(2, 2)
        world.poll(lambda: self.health() == 503, 10, "health 503")
        world.poll(lambda: all(line.session.status() == "FAILED" for line in world.lines), 10, "all sessions FAILED")
        self.assertGreater(world.report.fired, 0)
        self.end_trouble()  # too late: what the kernel has dropped stays dropped
        unconfirmed = self.unconfirmed()
        unconfirmed += self.speak_to_all("to a dead disk")
        self.assertGreaterEqual(self.try_to_send("after-the-error") or 500, 400)
        self.assertEqual(self.health(), 503)
        self.assertGreaterEqual(self.unconfirmed(), unconfirmed, "nothing may be acknowledged after the error")
        self.assertEqual(world.traffic.violations, [])
        world.traffic.gateway_is_at(None)
        world.gateway.kill()
        self.assertTrue(world.start(Fault()), "starts again")
        self.check_truth()

    def test_after_a_failed_sync_nothing_is_acknowledged_and_a_restart_goes_on(self):
        self.fails_for_good("EIO", "sync")

    def test_after_a_failed_write_nothing_is_acknowledged_and_a_restart_goes_on(self):
        self.fails_for_good("EIO", "write")

    def test_a_sync_without_space_is_a_failed_sync(self):
        self.fails_for_good("ENOSPC", "sync")


class FullDiskTest(DiskCase):
    def fill(self):
        """Until the gateway says so."""
        world = self.world
        before = world.traffic.refusals.get(507, 0)
        self.begin_trouble()
        world.traffic.grant(2, 2)
        world.poll(lambda: world.traffic.refusals.get(507, 0) > before, 15, "an answer 507")
        self.assertEqual(self.try_to_send("while-full"), 507)
        self.assertGreater(world.report.fired, 0)

    def test_a_full_disk_refuses_sends_and_goes_on_by_itself(self):
        self.start("ENOSPC", "write")
        process = self.world.gateway.pid
        for _ in range(2):
            self.fill()
            unconfirmed = self.unconfirmed()
            unconfirmed += self.speak_to_all("to a full disk")
            self.assertEqual(self.try_to_send("still-full"), 507)
            self.assertGreaterEqual(self.unconfirmed(), unconfirmed, "nothing may be acknowledged that is not stored")
            self.end_trouble()
            self.world.settle(30)
            self.world.poll(lambda: self.health() == 200, 10, "health 200")
        self.assertEqual(self.world.gateway.pid, process)
        self.assertTrue(self.world.gateway.alive())
        self.check_truth()

    def test_a_kill_while_the_disk_is_full_loses_nothing(self):
        self.start("ENOSPC", "write")
        self.fill()
        self.world.traffic.gateway_is_at(None)
        self.world.gateway.kill()
        self.end_trouble()
        self.assertTrue(self.world.start(Fault()), "starts again")
        self.check_truth()


if __name__ == "__main__":
    main()
