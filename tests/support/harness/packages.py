"""Packages of the Python registry that tests use: installed once per list of requirements, outside the source tree."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

from harness.case import require
from harness.peers import _locked, _peer_directory


def installed(requirements: pathlib.Path) -> pathlib.Path:
    """The folder with what `requirements` (exact versions, nothing implied) names, for sys.path or PYTHONPATH."""
    text = requirements.read_bytes()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    name = f"{requirements.parent.name}-{requirements.stem}-{hashlib.sha256(text).hexdigest()[:12]}-{version}"
    folder = _peer_directory() / "python" / name
    with _locked("python"):
        if not folder.is_dir():
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--no-compile",
                       "--disable-pip-version-check", "--root-user-action=ignore", "--target", str(partial), "-r", str(requirements)]
            done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
            require(done.returncode == 0, f"{requirements} could not be installed:\n{done.stderr}")
            partial.rename(folder)
    return folder


def use(requirements: pathlib.Path):
    """Makes them importable."""
    folder = str(installed(requirements))
    if folder not in sys.path:
        sys.path.append(folder)
