"""The API's page at `/`, as the daemon serves it and as a browser shows it."""

import base64
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from harness import Api, Gateway, HarnessCase, Sandbox, main, open_page  # noqa: E402

METHODS = ("get", "post", "put", "patch", "delete")


class ExplorerTest(HarnessCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()

    def gateway(self, **env) -> Api:
        """A gateway with these settings; requests to it carry no key."""
        gateway = Gateway(self.sandbox, env=env)
        self.addCleanup(gateway.clean)
        gateway.start()
        return Api(gateway.base)

    def test_a_browser_lists_every_operation_and_asks_nobody_else(self):
        api = self.gateway()
        document = api.get("/openapi.json")
        page = open_page(api.base + "/")
        shown = set(re.findall(r'<span class="method \w+">(\w+)</span><span class="path">([^<]+)</span>', page.dom))
        wanted = {(method.upper(), path) for path, item in document["paths"].items() for method in METHODS if method in item}
        self.assertEqual(shown, wanted)
        self.assertIn(f"{len(wanted)} operations", page.dom)
        self.assertEqual(page.outside(api.base), [])
        self.assertTrue(any(url.endswith("/openapi.json") for url in page.requests), page.requests)
        self.assertNotIn("Refused to", page.log, "the page keeps to its own policy")

    def test_nothing_that_is_served_leads_elsewhere(self):
        api = self.gateway()
        for path in ("/", "/explorer/explorer.js", "/explorer/explorer.css"):
            answer = api.request("GET", path)
            self.assertEqual(answer.status, 200, answer)
            self.assertNotRegex(answer.body.decode(), r"https?:|src=[\"']//|@import")
            self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])

    def test_wahas_settings_protect_it_or_switch_it_off(self):
        guarded = self.gateway(WHATSAPP_SWAGGER_USERNAME="ops", WHATSAPP_SWAGGER_PASSWORD="let me see")
        right = {"Authorization": "Basic " + base64.b64encode(b"ops:let me see").decode()}
        for path in ("/", "/openapi.json", "/-json"):
            refused = guarded.request("GET", path)
            self.assertEqual((refused.status, refused.headers["WWW-Authenticate"].split()[0]), (401, "Basic"))
            self.assertEqual(guarded.request("GET", path, headers=right).status, 200)
        self.assertEqual(guarded.request("GET", "/ping").status, 200)
        self.assertEqual(self.gateway(WHATSAPP_SWAGGER_ENABLED="false").request("GET", "/").status, 404)
        without = self.gateway(WHATSAPP_SWAGGER_PASSWORD="let me see", WHATSAPP_SWAGGER_NO_PASSWORD="true")
        self.assertEqual(json.loads(without.request("GET", "/-json").body)["info"]["title"], "wagate")


if __name__ == "__main__":
    main()
