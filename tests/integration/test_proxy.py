"""Sessions behind proxies of their own: the connection and the files go through them, and through nothing else."""

import base64

from world import GatewayCase  # first: it knows where the harness is
from harness import LoopbackProxy, main, wait_until
from harness.gateway import bare_id

USER, PASSWORD = "ann", "s3cret-of-the-proxy"


class ProxyCase(GatewayCase):
    def proxy(self, kind: str) -> LoopbackProxy:
        proxy = LoopbackProxy(kind, USER, PASSWORD)
        self.addCleanup(proxy.close)
        return proxy

    @staticmethod
    def config(proxy: LoopbackProxy, password: str = PASSWORD) -> dict:
        scheme = "socks5://" if proxy.kind == "socks5" else ""
        return {"server": scheme + proxy.address, "username": USER, "password": password}

    @property
    def whatsapp(self) -> str:
        return self.sandbox.ws.split("/")[2]


class SessionProxyTest(ProxyCase):
    def test_the_connection_and_files_go_through_the_proxy_of_the_session(self):
        for kind in ("http", "socks5"):
            with self.subTest(kind):
                proxy = self.proxy(kind)
                session, account = self.new_paired(proxy=self.config(proxy))
                other, _ = self.new_paired()
                phone = self.sandbox.account()
                # Pairing is one connection, the login another.
                self.assertEqual(proxy.tunnels.entries(), [self.whatsapp, self.whatsapp])
                session.send(phone.chat_id, "through a tunnel")
                phone.received("through a tunnel")
                phone.send(account.chat_id, "and back")
                session.wait_message("and back")
                before = proxy.tunnels.mark()
                data = bytes(range(256)) * 64
                sent = session.api.post("/api/sendFile", {
                    "session": session.name, "chatId": phone.chat_id,
                    "file": {"mimetype": "application/x-bytes", "filename": "a.bin", "data": base64.b64encode(data).decode()}}, expect=201)
                seen = phone.message(lambda entry: entry["id"] == bare_id(sent["id"]), what="the file")
                self.assertEqual(seen["media"]["filename"], "a.bin")
                uploads = proxy.tunnels.entries(before)
                self.assertTrue(uploads)
                before = proxy.tunnels.mark()
                data = data[::-1]  # what was sent is here already
                got = self.sandbox.api.post(f"/control/accounts/{phone.phone}/send", {
                    "to": account.digits, "media": {"data": base64.b64encode(data).decode(), "kind": "document"}}, expect=201)["id"]
                self.hooks.wait("message", lambda delivery: bare_id(delivery.payload.get("id")) == got, 30, session.name,
                                path=session.endpoint, what="the file's message")
                fetched = session.api.request("GET", f"/api/files/{session.name}/{got}.bin")
                self.assertEqual(fetched.body, data)
                self.assertEqual(set(proxy.tunnels.entries(before)), set(uploads))
                # Another session does not use it.
                before = proxy.tunnels.mark()
                other.do("restart")
                other.wait_status("WORKING", since=self.hooks.mark())
                self.assertEqual(proxy.tunnels.entries(before), [])
                # The tunnel breaks: the session comes back through the proxy.
                since = self.hooks.mark()
                proxy.cut()
                session.wait_status("WORKING", since=since)
                self.assertEqual(proxy.tunnels.entries(before)[0], self.whatsapp)

    def test_a_proxy_that_refuses_is_the_reason_and_nothing_goes_around_it(self):
        proxy = self.proxy("http")
        session = self.new_session(proxy=self.config(proxy, "wrong"))
        proxy.refusals.wait(lambda _: True, 20, "a refusal")
        wait_until(lambda: session.info()["statusReason"] == "proxy_error", 20, "the reason", session.info)
        self.assertEqual(session.status(), "STARTING")
        self.assertEqual(proxy.tunnels.entries(), [])
        config = session.info()["config"]
        self.assertEqual(config["proxy"], {"server": proxy.address, "username": USER, "password": "***"})
        config["proxy"]["password"] = PASSWORD
        path = f"/api/sessions/{session.name}"
        answer = session.api.put(path, {"config": config})
        self.assertEqual(answer["config"]["proxy"]["password"], "***")
        session.wait_status("SCAN_QR_CODE")
        # What was read may be sent back.
        session.api.put(path, {"config": session.info()["config"]})
        session.pair(self.sandbox.account(), since=0)
        self.assertEqual(session.status(), "WORKING")
        self.assertEqual([line for line in self.gateway.lines.entries() if PASSWORD in str(line)], [])

    def test_what_is_no_proxy_is_refused(self):
        for proxy in ({}, {"server": "proxy"}, {"server": "ftp://proxy:21"}, {"server": "user:word@proxy:3128"}):
            self.gateway.api.post("/api/sessions", {"name": "never", "config": {"proxy": proxy}}, expect=400)


class ForbiddenProxyTest(ProxyCase):
    @classmethod
    def environment(cls):
        return {"WAGATE_EGRESS_ALLOW": ""}

    def test_a_proxy_in_the_operators_network_is_not_dialled(self):
        proxy = self.proxy("socks5")
        session = self.new_session(proxy=self.config(proxy))
        wait_until(lambda: session.info()["statusReason"] == "proxy_error", 20, "the reason", session.info)
        self.assertEqual(proxy.tunnels.entries() + proxy.refusals.entries(), [])


if __name__ == "__main__":
    main()
