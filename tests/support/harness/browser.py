"""A real browser without a window: what a page looks like after its scripts ran, and whom it asked."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.parse

from harness.case import require
from harness.waiting import SCALE

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class Page:
    """A page as the browser left it."""

    def __init__(self, dom: str, requests: list[str], log: str):
        self.dom = dom
        self.requests = requests  # every URL that was asked for over the network, in order
        self.log = log

    def outside(self, base: str) -> list[str]:
        """What was asked for elsewhere than at `base`."""
        wanted = urllib.parse.urlsplit(base)
        return [url for url in self.requests
                if (parts := urllib.parse.urlsplit(url)).scheme not in ("data", "blob") and (parts.scheme, parts.netloc) != (wanted.scheme, wanted.netloc)]


def browser_program() -> str:
    return require(next(filter(None, map(shutil.which, PROGRAMS)), None), "no Chromium: install chromium-headless-shell")


def open_page(url: str, milliseconds: int = 8000) -> Page:
    """Opens `url`, lets so much of the page's own time pass, and returns its document. Network time is not counted."""
    with tempfile.TemporaryDirectory(prefix="wagate-browser-") as folder:
        net_log = pathlib.Path(folder, "net.json")
        command = [browser_program(), "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                   "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile", f"--log-net-log={net_log}", f"--virtual-time-budget={milliseconds}",
                   "--window-size=1200,2000", "--dump-dom", url]
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # the browser refuses to have one as root
        done = subprocess.run(command, capture_output=True, text=True, timeout=90 * SCALE, check=False)
        if done.returncode != 0:
            raise AssertionError(f"the browser ended with {done.returncode}: {done.stderr[-2000:]}")
        return Page(done.stdout, _requests(net_log), done.stderr)


def _requests(path: pathlib.Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    try:
        log = json.loads(text)
    except ValueError:
        log = json.loads(text.rstrip().rstrip(",") + "]}")  # it was not finished
    kind = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    return [event["params"]["url"] for event in log["events"] if event["type"] == kind and "url" in event.get("params", {})]
