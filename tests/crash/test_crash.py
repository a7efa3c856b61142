"""The gateway killed, and its machine's power cut, at hundreds of chosen moments: nothing is lost, nothing comes twice.

WAGATE_CRASH_POINTS sets the number of kill points (500), WAGATE_CRASH_SEED the seed of everything that is chosen.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from world import HarnessCase, main  # first: it knows where the harness is
from mutants.build import MutantBroken, build_mutant, mutated_source
from mutants.catalogue import MUTANTS
from report import complaint, merged, table

POINTS = int(os.environ.get("WAGATE_CRASH_POINTS", "500"))
SEED = int(os.environ.get("WAGATE_CRASH_SEED", "20240229"))
WORLDS = 2  # at a time: a world keeps about one core busy
RUN = str(pathlib.Path(__file__).with_name("run.py"))


def run(plan: dict) -> dict:
    done = subprocess.run([sys.executable, RUN, json.dumps(plan)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        raise AssertionError(f"a world broke, plan {plan}:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def run_all(plans: list[dict]) -> list[dict]:
    with concurrent.futures.ThreadPoolExecutor(WORLDS) as pool:
        return list(pool.map(run, plans))


class CrashCase(HarnessCase):
    def crash(self, mode: str, points: int, title: str, **more):
        # Worlds of a bounded size: what is checked at the end of one must not take minutes.
        worlds = max(WORLDS, -(-points // 400))
        share = -(-points // worlds)
        total = merged(run_all([{"mode": mode, "points": share, "seed": SEED + number} | more for number in range(worlds)]))
        print("\n" + table(title, total), flush=True)
        self.assertFalse(complaint(total), f"seed {SEED}\n{complaint(total)}")
        self.assertGreaterEqual(sum(total["fired"].values()), points)
        self.assertGreater(total["inbound"], points)
        self.assertGreater(total["sends"], points)
        return total


class KillTest(CrashCase):
    def test_a_kill_at_any_call_loses_and_doubles_nothing(self):
        total = self.crash("kill", POINTS, "kill points")
        for call in ("write", "sync", "send", "receive"):
            for side in ("before", "after"):
                self.assertGreaterEqual(total["fired"].get(f"{side} {call}", 0), POINTS // 20, f"{side} {call}")


class DamageTest(CrashCase):
    def test_what_could_not_be_read_at_first_is_there_after_all_kills(self):
        self.crash("kill", max(POINTS // 5, 50), "kill points, with damaged messages", damages=True)


class PowerLossTest(CrashCase):
    def test_a_power_loss_at_any_call_loses_and_doubles_nothing(self):
        total = self.crash("power", max(POINTS // 4, 100), "power losses")
        self.assertGreater(total["lost_sectors"], 0, "nothing was ever taken back: then this tested nothing")


class MutantTest(HarnessCase):
    """The harness itself: every one of these mistakes must be noticed, by the rule that is about it."""

    def test_every_mutant_still_fits_the_source(self):
        for mutant in MUTANTS:
            with self.subTest(mutant.name):
                self.assertTrue(mutated_source(mutant))

    def test_every_mutant_is_caught(self):
        with tempfile.TemporaryDirectory(prefix="wagate-mutants-") as folder, concurrent.futures.ThreadPoolExecutor(WORLDS) as pool:
            outcomes = list(pool.map(lambda mutant: self.outcome(mutant, pathlib.Path(folder)), MUTANTS))
        for mutant, total in zip(MUTANTS, outcomes):
            if total is None:
                continue  # the other test says which
            broken = [rule for rule, texts in total["found"].items() if texts]
            print(f"\nmutant {mutant.name}: {sum(total['fired'].values())} points, {total['seconds']:.0f} s, broken: {', '.join(broken) or 'nothing'}",
                  flush=True)
            with self.subTest(mutant.name):
                self.assertTrue(set(broken) & set(mutant.rules), f"not caught: {complaint(total)}")

    @staticmethod
    def outcome(mutant, folder: pathlib.Path) -> dict | None:
        try:
            mutated_source(mutant)
        except MutantBroken:
            return None
        try:
            program = build_mutant(mutant, pathlib.Path(os.environ["WAGATE_BUILD_DIR"]), folder / mutant.name)
        except MutantBroken as broken:
            return merged([]) | {"problems": [str(broken)]}
        return merged([run({"mode": mutant.mode, "points": mutant.points, "classes": mutant.classes, "seed": SEED, "program": program,
                            "stop_early": True, "settle": 6})])


if __name__ == "__main__":
    main()
