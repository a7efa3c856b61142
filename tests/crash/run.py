"""One world and its crashes, as a process: `run.py '{"mode": "kill", "points": 250, "seed": 1}'` prints one line of JSON."""

import json
import sys
import time
import traceback

from world import SCALE, Unsettled, World  # first: it knows where the harness is
from faults import Fault, spread
from oracle import judge

RESTART_LIMIT = 2.0  # seconds, times WAGATE_TEST_TIME_SCALE


def calibrated(world: World) -> dict[str, int]:
    """The calls of one undisturbed cycle, by class."""
    calls: dict[str, int] = {}
    for _ in range(2):
        world.cycle(Fault())
        calls = world.report.calls()
    return calls


def crash(world: World, action: str, points: int, seed: int, classes, stop_early: bool, attempts: int):
    """Until so many points have been hit. Points late in a cycle are missed now and then, so there are some more."""
    calls = calibrated(world)
    world.missed = 0
    planned = []
    while sum(world.fired.values()) < points and world.cycles < attempts:
        if not planned:
            planned = spread(action, points, calls, seed + world.cycles, classes)
        world.cycle(planned.pop())
        if stop_early and world.cycles % 10 == 0:
            world.cycle(Fault(), settle_seconds=6)  # what is missing by now is lost
            if has_seen_something(world):
                return


def has_seen_something(world: World) -> bool:
    stats = world.sandbox.stats()
    return any(stats[name] for name in ("reusedMessageKeys", "changedRepeats", "undecryptableAtPhones", "resendsAskedByCompanions"))


def run(plan: dict) -> dict:
    began = time.monotonic()
    world = World(plan["seed"], plan.get("program"), plan.get("damages", False))
    problems = []
    verdict = None
    try:
        try:
            world.prepare()
            world.end()
            crash(world, plan["mode"], plan["points"], plan["seed"], plan.get("classes") or ("write", "sync", "cut", "send", "receive"),
                  plan.get("stop_early", False), plan.get("attempts") or plan["points"] * 3)
        except Unsettled as lost:
            problems.append(str(lost))
        if world.gateway.alive():
            world.gateway.kill()
        if not world.start(Fault()):
            raise AssertionError(f"the gateway does not start any more\n{world.gateway.tail()}")
        try:
            world.settle(2 if problems else plan.get("settle", 20))  # what was missed before will not come now
            world.poll(lambda: world.sandbox.stats()["queued_stanzas"] == 0, 10, "all stanzas acknowledged")
        except Unsettled as lost:
            problems.append(str(lost))
        verdict = judge(world, RESTART_LIMIT * SCALE)
    except Exception as wrong:
        problems.append("".join(traceback.format_exception(wrong)) + world.gateway.tail())
    finally:
        result = {
            "mode": plan["mode"], "seed": plan["seed"], "seconds": time.monotonic() - began,
            "fired": world.fired, "missed": world.missed, "cycles": world.cycles, "restarts": world.restarts,
            "lost_sectors": world.lost_sectors,
            "inbound": sum(len(line.inbound) + len(line.own) for line in world.lines),
            "sends": sum(len(line.sends) for line in world.lines),
            "events": len(world.recorder.events), "deliveries": world.recorder.deliveries,
            "refusals": world.traffic.refusals if world.traffic else {},
            "problems": problems, "found": verdict.found if verdict else {},
        }
        world.close()
    return result


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[1]))), flush=True)
