"""Process harness for the black-box suites: starts the gateway, the sandbox and foreign clients, and talks to them.

Standard library only. Nothing here sleeps to synchronise: every wait has a condition and a deadline, and a wait that
fails says what it waited for and what it saw.
"""

from harness.browser import Page, browser_program, open_page
from harness.case import HarnessCase, main, require
from harness.gateway import Gateway, Session
from harness.http import Api, Response
from harness.peers import BaileysPeer, PeerClient, WhatsmeowPeer, field
from harness.programs import Program, ProgramDied
from harness.proxies import LoopbackProxy
from harness.sandbox import Account, Sandbox
from harness.streams import ServerSentEvents, WebSocketStream
from harness.waiting import Timeout, deadline, wait_until
from harness.webhooks import Delivery, WebhookReceiver

__all__ = [
    "Account", "Api", "BaileysPeer", "Delivery", "Gateway", "HarnessCase", "LoopbackProxy", "Page", "PeerClient", "Program", "ProgramDied",
    "Response", "Sandbox", "ServerSentEvents", "Session", "Timeout", "WebSocketStream", "WebhookReceiver", "WhatsmeowPeer", "browser_program", "deadline",
    "field", "main", "open_page", "require", "wait_until",
]
