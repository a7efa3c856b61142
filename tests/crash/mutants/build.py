"""Builds a mutant of the daemon with the build's own commands: one file compiled anew, and one link in which it comes first,
so that the library's own object is not taken. Production code knows nothing of it."""

import json
import os
import pathlib
import shlex
import subprocess

from mutants.catalogue import Mutant

ROOT = pathlib.Path(__file__).resolve().parents[3]


class MutantBroken(AssertionError):
    """The mutant does not fit the source any more, or does not build."""


def mutated_source(mutant: Mutant) -> str:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    for wanted, replacement in mutant.replacements:
        count = text.count(wanted)
        if count != 1:
            raise MutantBroken(f"{mutant.name}: found {count} times in {mutant.file}, must be once:\n{wanted}")
        text = text.replace(wanted, replacement)
    return text


def _run(command: str, folder: pathlib.Path, what: str):
    done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MutantBroken(f"{what}: {command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def _compile(mutant: Mutant, build: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    source = folder / pathlib.Path(mutant.file).name
    source.write_text(mutated_source(mutant), encoding="utf-8")
    original = ROOT / mutant.file
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    entry = next((entry for entry in commands if os.path.realpath(entry["file"]) == os.path.realpath(original)), None)
    if entry is None:
        raise MutantBroken(f"{mutant.name}: {mutant.file} is not compiled here")
    target = folder / (source.stem + ".o")
    words = shlex.split(entry["command"])
    words[words.index("-o") + 1] = str(target)
    words[words.index("-c") + 1] = str(source)
    _run(shlex.join(words), pathlib.Path(entry["directory"]), f"{mutant.name}: compiling")
    return target


def build_mutant(mutant: Mutant, build: pathlib.Path, folder: pathlib.Path) -> str:
    """The path of the mutated daemon. `build` holds an up-to-date daemon."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = _compile(mutant, build, folder)
    command = _run("ninja -t commands wagate", build, "asking for the link command").splitlines()[-1]
    target = folder / "wagate"
    before, separator, after = command.partition(" -o tools/wagate/wagate ")
    first = before.find(" tools/wagate/CMakeFiles/")
    if not separator or first < 0:
        raise MutantBroken(f"{mutant.name}: this is no link command: {command}")
    linking = f"{before[:first]} {shlex.quote(str(changed))}{before[first:]} -o {shlex.quote(str(target))} {after}"
    _run(linking, build, f"{mutant.name}: linking")
    return str(target)
