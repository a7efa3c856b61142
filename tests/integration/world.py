"""The world of the black-box tests: a sandbox, a gateway, a webhook endpoint and paired sessions in one line."""

import itertools
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness import Account, Gateway, HarnessCase, Sandbox, Session, WebhookReceiver  # noqa: E402

_numbers = itertools.count(1)


class GatewayCase(HarnessCase):
    """One sandbox, one gateway and one webhook receiver for all tests of a class; each test makes its own sessions."""

    tenants: dict[str, str] = {}

    @classmethod
    def environment(cls) -> dict[str, str]:
        """Settings of the gateway beside the harness's own."""
        return {}

    @classmethod
    def setUpClass(cls):
        cls.hooks = WebhookReceiver()
        cls.addClassCleanup(cls.hooks.close)
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()
        cls.gateway = Gateway(cls.sandbox, cls.tenants, env=cls.environment())
        cls.addClassCleanup(cls.gateway.clean)
        cls.gateway.start()

    def new_session(self, tenant: str | None = None, name: str | None = None, create: bool = True, **options) -> Session:
        """A started session that is not paired; with create=False only its name, for a test that creates it itself."""
        number = next(_numbers)
        session = Session(self.gateway, self.hooks, name or f"session-{number}", tenant, endpoint=f"hook-{number}")
        if create:
            session.create(**options)
        return session

    def new_paired(self, tenant: str | None = None, name: str | None = None, phone: dict | None = None, **options) -> tuple[Session, Account]:
        """A WORKING session and the phone it is linked to."""
        account = self.sandbox.account(**(phone or {}))
        session = self.new_session(tenant, name, **options)
        session.pair(account, since=0)
        return session, account
