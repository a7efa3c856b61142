#!/usr/bin/env python3
"""The gateway on port 3000 and the simulated network on port 3001, until Ctrl-C. Run it by `./dev run`.

The gateway's data and its API key stay in ./data. The sandbox forgets: its phones are made anew at each start, so
sessions of an earlier run are logged out.
"""

import json
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
GATEWAY, SANDBOX = "127.0.0.1:3000", "127.0.0.1:3001"
PHONE, FRIEND = "491520000001", "491520000002"


def api_key() -> str:
    """Made once, readable by the owner only."""
    DATA.mkdir(mode=0o700, exist_ok=True)
    (DATA / ".gitignore").write_text("*\n", encoding="ascii")
    file = DATA / "api-key"
    if not file.exists():
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write("key_" + secrets.token_hex(16) + "\n")
    return file.read_text(encoding="ascii").strip()


def first_json(process: subprocess.Popen, name: str) -> dict:
    for line in process.stdout:
        if line.startswith("{"):
            return json.loads(line)
    raise SystemExit(f"{name} did not start, see above (exit code {process.wait()})")


def start(name: str, command: list[str], settings: dict[str, str] | None = None) -> tuple[subprocess.Popen, dict]:
    # A group of its own: Ctrl-C reaches this script only, which then stops both in order.
    process = subprocess.Popen(command, env={**os.environ, **(settings or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               text=True, start_new_session=True)
    return process, first_json(process, name)


def instructions(gateway: str, sandbox: str, key: str) -> str:
    return f"""
The gateway listens on {gateway}, the simulated network on {sandbox}. In another terminal:

  export KEY={key}

  # two phones: {PHONE} is yours, {FRIEND} answers by itself
  curl -s {sandbox}/control/accounts -d '{{"phone":"{PHONE}","pushName":"Me"}}'
  curl -s {sandbox}/control/accounts -d '{{"phone":"{FRIEND}","pushName":"Ada","autoReply":"You said: {{text}}"}}'

  # a session, its QR code, and the phone that scans it; when the session exists from an earlier run, instead of creating it:
  # curl -s -X POST {gateway}/api/sessions/default/restart -H "X-Api-Key: $KEY"
  curl -s {gateway}/api/sessions -H "X-Api-Key: $KEY" -H 'Content-Type: application/json' -d '{{"name":"default"}}'
  QR=$(curl -s "{gateway}/api/default/auth/qr?format=raw" -H "X-Api-Key: $KEY")
  curl -s {sandbox}/control/accounts/{PHONE}/scan -d "{{\\"qr\\":${{QR#*:}}"

  # send, and read the conversation
  curl -s {gateway}/api/sendText -H "X-Api-Key: $KEY" -H 'Content-Type: application/json' \\
       -d '{{"session":"default","chatId":"{FRIEND}@c.us","text":"Hello"}}'
  curl -s "{gateway}/api/default/chats/{FRIEND}@c.us/messages" -H "X-Api-Key: $KEY"

Ctrl-C stops both.
"""


def main() -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    running: list[subprocess.Popen] = []
    try:
        sandbox, network = start("wagate-sandbox", [os.environ["WAGATE_SANDBOX_BIN"], "--listen", SANDBOX, "--quiet"])
        running.append(sandbox)
        key = api_key()
        gateway, ready = start("wagate", [os.environ["WAGATE_BIN"], "serve"], {
            "WAGATE_LISTEN": GATEWAY,
            "WAGATE_DATA_DIR": str(DATA),
            "WAGATE_WHATSAPP_URL": network["ws"],
            "WAGATE_WHATSAPP_ROOT_KEY": network["rootKey"],
            "WAGATE_EGRESS_ALLOW": "127.0.0.0/8",
            "WAHA_API_KEY": key,
        })
        running.append(gateway)
        print(instructions(ready["http"], network["http"], key), flush=True)
        while not stop.wait(0.5):
            if any(process.poll() is not None for process in running):
                print("a program ended by itself, see above", file=sys.stderr)
                return 1
        return 0
    finally:
        for process in reversed(running):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()


if __name__ == "__main__":
    sys.exit(main())
