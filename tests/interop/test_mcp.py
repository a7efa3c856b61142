"""The API as tools, as the public client of the Model Context Protocol (npm @modelcontextprotocol/sdk) uses them."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE.parent / "integration"))

from harness import main  # noqa: E402
from harness.http import Api  # noqa: E402
from world import GatewayCase  # noqa: E402

CLIENT = HERE / "mcp"


class McpClient:
    def __init__(self, base: str, key: str):
        self.process = subprocess.Popen(["node", "client.mjs", base + "/mcp", key], cwd=CLIENT, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, action: str, **more) -> dict:
        self.process.stdin.write(json.dumps({"action": action, **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def call(self, tool: str, **arguments) -> dict:
        return self.ask("call", name=tool, arguments=arguments)

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class McpTest(GatewayCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("node") or not (CLIENT / "node_modules" / "@modelcontextprotocol").is_dir():
            if os.environ.get("CI"):
                raise AssertionError("node or the packages of tests/interop/mcp are missing")
            raise unittest.SkipTest("node and the packages of tests/interop/mcp are needed")
        super().setUpClass()

    def client(self, key: str) -> McpClient:
        client = McpClient(self.gateway.base, key)
        self.addCleanup(client.close)
        return client

    def app(self, session, **actions) -> dict:
        app = {"id": f"mcp-{session.name}", "session": session.name, "app": "mcp", "config": {"actions": actions}}
        return session.api.post("/api/apps", app, expect=201)

    def test_the_public_client_lists_tools_and_sends(self):
        session, account = self.new_paired()
        client = self.client(self.app(session)["config"]["key"])
        connected = client.ask("connect")["result"]
        self.assertEqual(connected["server"]["name"], "wagate")
        self.assertEqual(client.ask("ping")["result"], {})
        tools = {tool["name"]: tool for tool in client.ask("tools")["result"]}
        self.assertGreater(len(tools), 30)
        send = tools["chatting-send-text"]["inputSchema"]
        self.assertEqual(send["type"], "object")
        self.assertNotIn("session", send["properties"])
        self.assertIn("chatId", send["required"])
        friend = self.sandbox.account()
        sent = client.call("chatting-send-text", chatId=friend.chat_id, text="from an assistant")["result"]
        self.assertFalse(sent.get("isError"), sent)
        self.assertTrue(json.loads(sent["content"][0]["text"])["id"].startswith("true_"))
        friend.received("from an assistant")
        friend.send(account.digits, "to an assistant")
        session.wait_message("to an assistant")
        read = client.call("chats-get-messages", chatId=friend.chat_id, limit=10)["result"]
        self.assertIn("to an assistant", [entry["body"] for entry in json.loads(read["content"][0]["text"])])
        refused = client.call("chatting-send-text", chatId="nonsense", text="x")["result"]
        self.assertTrue(refused["isError"])

    def test_tools_are_those_that_the_key_may_use(self):
        session, _ = self.new_paired()
        other, _ = self.new_paired()
        app = self.app(session, send=False, control=False)
        client = self.client(app["config"]["key"])
        client.ask("connect")
        names = {tool["name"] for tool in client.ask("tools")["result"]}
        self.assertIn("chats-list", names)
        self.assertNotIn("chatting-send-text", names)
        self.assertNotIn("sessions-stop", names)
        self.assertIn("error", client.call("chatting-send-text", chatId="1", text="x"))
        # Another session may be named, and is not meant.
        shown = client.call("sessions-get", session=other.name)["result"]
        self.assertEqual(json.loads(shown["content"][0]["text"])["name"], session.name)

    def test_a_key_ends_with_its_app(self):
        session, _ = self.new_paired()
        app = self.app(session)
        api = Api(self.gateway.base, app["config"]["key"])
        listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        self.assertEqual(api.request("POST", "/mcp", listing).status, 200)
        session.api.put(f"/api/apps/{app['id']}", {**app, "enabled": False}, expect=200)
        self.assertEqual(api.request("POST", "/mcp", listing).status, 401)
        session.api.put(f"/api/apps/{app['id']}", {**app, "enabled": True}, expect=200)
        self.assertEqual(api.request("POST", "/mcp", listing).status, 200)
        session.api.delete(f"/api/apps/{app['id']}")
        self.assertEqual(api.request("POST", "/mcp", listing).status, 401)

    def test_nobody_gets_a_key_with_more_rights_than_their_own(self):
        session, _ = self.new_paired()
        narrow = session.api.post("/api/keys", {"isAdmin": False, "session": session.name, "isActive": True,
                                                "actions": {"read": True, "send": False, "control": False, "setting": False, "app": True}})
        api = Api(self.gateway.base, narrow["key"])
        app = {"id": f"mcp-{session.name}", "session": session.name, "app": "mcp"}
        self.assertEqual(api.request("POST", "/api/apps", {**app, "config": {"actions": {}}}).status, 403)
        self.app(session)
        self.assertNotIn("key", api.get(f"/api/apps/{app['id']}")["config"])

    def test_messages_that_are_none_are_refused(self):
        session, _ = self.new_paired()
        api = Api(self.gateway.base, self.app(session)["config"]["key"])
        self.assertEqual(api.request("POST", "/mcp", raw=b"{").json()["error"]["code"], -32700)
        self.assertEqual(api.post("/mcp", {"id": 1, "method": "ping"})["error"]["code"], -32600)
        self.assertEqual(api.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "resources/list"})["error"]["code"], -32601)
        self.assertEqual(api.request("POST", "/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"}).status, 202)
        self.assertEqual(api.request("GET", "/mcp").status, 405)
        self.assertEqual(Api(self.gateway.base, "nobody").request("POST", "/mcp", {}).status, 401)


if __name__ == "__main__":
    main()
