"""Channels: made, followed, written to and read through the API, between sessions and the simulated network."""

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.gateway import bare_id


class ChannelTest(GatewayCase):
    def channels(self, session, path: str = "") -> str:
        return f"/api/{session.name}/channels{path}"

    def control(self, method: str, path: str = "", body=None, expect=(200, 201)):
        return self.sandbox.api.call(method, f"/control/channels{path}", body, expect=expect)

    def test_a_new_channel_is_owned_and_listed(self):
        session, account = self.new_paired()
        made = session.api.post(self.channels(session), {"name": "News of the day", "description": "What happens"})
        self.assertRegex(made["id"], r"^\d+@newsletter$")
        self.assertEqual((made["name"], made["description"], made["role"], made["verified"]),
                         ("News of the day", "What happens", "OWNER", False))
        self.assertIn("https://www.whatsapp.com/channel/", made["invite"])
        self.assertEqual(self.control("GET", f"/{made['id']}")["owner"], account.digits)
        self.assertEqual([entry["id"] for entry in session.api.get(self.channels(session))], [made["id"]])
        self.assertEqual([entry["id"] for entry in session.api.get(self.channels(session, "?role=OWNER"))], [made["id"]])
        self.assertEqual(session.api.get(self.channels(session, "?role=SUBSCRIBER")), [])
        by_code = session.api.get(self.channels(session, "/" + made["invite"].rsplit("/", 1)[1]))
        self.assertEqual(by_code["id"], made["id"])

    def test_following_brings_messages_and_leaving_ends_them(self):
        session, account = self.new_paired()
        channel = self.control("POST", body={"name": "Weather", "verified": True})
        number = channel["id"]
        self.assertEqual(session.api.get(self.channels(session, f"/{number}"))["role"], "GUEST")
        session.api.post(self.channels(session, f"/{number}/follow"), expect=201)
        followed = session.api.get(self.channels(session))
        self.assertEqual([(entry["id"], entry["role"], entry["verified"]) for entry in followed], [(number, "SUBSCRIBER", True)])
        post = self.control("POST", f"/{number}/post", {"text": "sunny"})
        arrived = session.wait_message("sunny")
        self.assertEqual(arrived.payload["from"], number)
        self.assertEqual(bare_id(arrived.payload["id"]), post["id"])
        self.assertFalse(arrived.payload["fromMe"])
        self.assertEqual([entry["body"] for entry in session.messages(number)], ["sunny"])
        session.api.post(self.channels(session, f"/{number}/unfollow"), expect=201)
        self.assertEqual(self.control("GET", f"/{number}")["followers"], [])
        self.control("POST", f"/{number}/post", {"text": "rain, unheard"})
        other = self.sandbox.account()
        other.send(account.digits, "barrier")
        session.wait_message("barrier")
        self.assertEqual([entry["body"] for entry in session.messages(number)], ["sunny"])

    def test_the_owner_posts_and_followers_read_and_react(self):
        owner, _ = self.new_paired()
        reader, account = self.new_paired()
        number = owner.api.post(self.channels(owner), {"name": "Recipes"})["id"]
        reader.api.post(self.channels(reader, f"/{number}/follow"), expect=201)
        sent = owner.send(number, "soup")
        arrived = reader.wait_message("soup")
        self.assertEqual(bare_id(arrived.payload["id"]), bare_id(sent))
        (kept,) = self.control("GET", f"/{number}")["messages"]
        self.assertEqual((kept["id"], kept["text"]), (bare_id(sent), "soup"))
        refused = reader.api.request("POST", "/api/sendText", {"session": reader.name, "chatId": number, "text": "not mine"})
        self.assertEqual(refused.status, 422)
        self.assertEqual(refused.json()["code"], 403)
        self.assertEqual(len(self.control("GET", f"/{number}")["messages"]), 1)

    def test_the_newest_messages_can_be_read_without_following(self):
        session, _ = self.new_paired()
        number = self.control("POST", body={"name": "Archive"})["id"]
        for count in range(1, 6):
            self.control("POST", f"/{number}/post", {"text": f"entry {count}"})
        posts = session.api.get(self.channels(session, f"/{number}/messages/preview?limit=3"))
        self.assertEqual([entry["message"]["body"] for entry in posts], ["entry 3", "entry 4", "entry 5"])
        self.assertEqual([entry["viewCount"] for entry in posts], [1, 1, 1])
        self.assertEqual(posts[0]["reactions"], {})
        self.assertEqual(posts[0]["message"]["from"], number)

    def test_muting_and_deleting(self):
        session, _ = self.new_paired()
        stranger, _ = self.new_paired()
        number = session.api.post(self.channels(session), {"name": "Short-lived"})["id"]
        session.api.post(self.channels(session, f"/{number}/mute"), expect=201)
        session.api.post(self.channels(session, f"/{number}/unmute"), expect=201)
        self.assertEqual(stranger.api.request("DELETE", self.channels(stranger, f"/{number}")).status, 403)
        session.api.delete(self.channels(session, f"/{number}"))
        self.assertEqual(session.api.get(self.channels(session)), [])
        self.assertEqual(session.api.request("GET", self.channels(session, f"/{number}")).status, 404)

    def test_searching_pages_through_what_matches(self):
        session, _ = self.new_paired()
        for count in range(5):
            self.control("POST", body={"name": f"Needle {count}"})
        self.control("POST", body={"name": "Hay"})
        search = {"text": "needle", "categories": [], "limit": 3, "startCursor": ""}
        first = session.api.post(self.channels(session, "/search/by-text"), search, expect=200)
        self.assertEqual(len(first["channels"]), 3)
        self.assertTrue(first["page"]["hasNextPage"])
        second = session.api.post(self.channels(session, "/search/by-text"), {**search, "startCursor": first["page"]["endCursor"]}, expect=200)
        self.assertFalse(second["page"]["hasNextPage"])
        names = {entry["name"] for entry in first["channels"] + second["channels"]}
        self.assertEqual(names, {f"Needle {count}" for count in range(5)})
        listed = session.api.post(self.channels(session, "/search/by-view"), {"view": "NEW", "countries": ["DE"], "categories": [], "limit": 100, "startCursor": ""}, expect=200)
        self.assertIn("Hay", {entry["name"] for entry in listed["channels"]})
        self.assertEqual({entry["value"] for entry in session.api.get(self.channels(session, "/search/views"))},
                         {"RECOMMENDED", "TRENDING", "POPULAR", "NEW"})
        self.assertIn({"code": "DE", "name": "Germany"}, session.api.get(self.channels(session, "/search/countries")))
        self.assertIn("NEWS", {entry["value"] for entry in session.api.get(self.channels(session, "/search/categories"))})

    def test_bad_input_is_refused_before_anything_is_asked(self):
        session, _ = self.new_paired()
        for method, path, body in (("GET", "/nobody@c.us", None), ("POST", "/0029Va@x/follow", {}), ("POST", "", {"name": ""}),
                                   ("POST", "", {"name": "x", "picture": {"data": "%%"}}),
                                   ("POST", "/search/by-view", {"view": "SECRET"}), ("POST", "/search/by-text", {})):
            with self.subTest(method=method, path=path):
                self.assertEqual(session.api.request(method, self.channels(session, path), body).status, 400)
        missing = session.api.request("POST", self.channels(session, "/120363999999999999@newsletter/follow"), {})
        self.assertEqual(missing.status, 404)

    def test_messages_survive_a_kill_between_arrival_and_delivery(self):
        session, _ = self.new_paired()
        number = self.control("POST", body={"name": "Durable"})["id"]
        session.api.post(self.channels(session, f"/{number}/follow"), expect=201)
        self.control("POST", f"/{number}/post", {"text": "first"})
        session.wait_message("first")
        self.gateway.kill()
        self.control("POST", f"/{number}/post", {"text": "while away"})
        self.gateway.start()
        session.wait_message("while away", seconds=40)
        wait_until(lambda: len(session.messages(number)) == 2, 20, "both messages")


if __name__ == "__main__":
    main()
