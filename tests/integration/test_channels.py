"""Channels: made, followed, written to and read through the API, between sessions and the simulated network."""

import base64
import subprocess
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.gateway import bare_id

# One white pixel.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC")


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

    def test_a_poll_reaches_followers(self):
        owner, _ = self.new_paired()
        reader, _ = self.new_paired()
        number = owner.api.post(self.channels(owner), {"name": "Votes"})["id"]
        reader.api.post(self.channels(reader, f"/{number}/follow"), expect=201)
        poll = {"name": "Soup or salad?", "options": ["Soup", "Salad"], "multipleAnswers": False}
        sent = owner.api.post("/api/sendPoll", {"session": owner.name, "chatId": number, "poll": poll}, expect=201)
        arrived = reader.wait_message("Soup or salad?")
        self.assertEqual((arrived.payload["from"], bare_id(arrived.payload["id"])), (number, bare_id(sent["id"])))
        self.assertEqual(arrived.payload["_data"]["poll"], poll)

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

    def test_older_messages_come_page_by_page(self):
        session, _ = self.new_paired()
        number = self.control("POST", body={"name": "Archive"})["id"]
        for count in range(1, 6):
            self.control("POST", f"/{number}/post", {"text": f"entry {count}"})
        pages, before = [], ""
        for _ in range(3):
            posts = session.api.get(self.own(session, number, f"/messages?limit=2{before}"))
            pages.append([entry["message"]["body"] for entry in posts])
            before = f"&before={posts[0]['message']['_data']['serverId']}"
        self.assertEqual(pages, [["entry 4", "entry 5"], ["entry 2", "entry 3"], ["entry 1"]])
        self.assertEqual(session.api.get(self.own(session, number, f"/messages?limit=2{before}")), [])
        self.assertEqual(session.api.request("GET", self.own(session, number, "/messages?before=0")).status, 400)

    def changed(self, session, event: str, wanted):
        return self.hooks.wait(event, lambda delivery: wanted(delivery.payload), 20, session.name, path=session.endpoint, what=event).payload

    def test_changed_and_deleted_messages_are_told_and_kept_so(self):
        owner, _ = self.new_paired()
        reader, _ = self.new_paired()
        number = owner.api.post(self.channels(owner), {"name": "Corrections"})["id"]
        reader.api.post(self.channels(reader, f"/{number}/follow"), expect=201)
        sent = owner.send(number, "with a misteak")
        reader.wait_message("with a misteak")
        path = f"/api/{owner.name}/chats/{number}/messages/{sent}"
        owner.api.put(path, {"text": "without a mistake"}, expect=200)
        edited = self.changed(reader, "message.edited", lambda payload: payload["editedMessageId"] == bare_id(sent))
        self.assertEqual((edited["body"], edited["from"]), ("without a mistake", number))
        self.assertEqual([entry["text"] for entry in self.control("GET", f"/{number}")["messages"]], ["without a mistake"])
        self.assertEqual([entry["body"] for entry in reader.messages(number)], ["without a mistake"])
        owner.api.delete(path, expect=200)
        revoked = self.changed(reader, "message.revoked", lambda payload: payload["revokedMessageId"] == bare_id(sent))
        self.assertEqual(revoked["before"]["body"], "without a mistake")
        self.assertTrue(self.control("GET", f"/{number}")["messages"][0]["deleted"])
        (kept,) = reader.messages(number)
        self.assertEqual((kept["body"], kept["_data"]["revoked"]), ("", True))

    def test_changes_by_the_phone_of_an_administrator_reach_followers(self):
        reader, _ = self.new_paired()
        number = self.control("POST", body={"name": "Elsewhere"})["id"]
        reader.api.post(self.channels(reader, f"/{number}/follow"), expect=201)
        post = self.control("POST", f"/{number}/post", {"text": "before"})["id"]
        reader.wait_message("before")
        self.control("PUT", f"/{number}/messages/{post}", {"text": "after"})
        self.changed(reader, "message.edited", lambda payload: payload["editedMessageId"] == post and payload["body"] == "after")
        self.control("DELETE", f"/{number}/messages/{post}")
        self.changed(reader, "message.revoked", lambda payload: payload["revokedMessageId"] == post)

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

    # ------------------------------------------------------------------ files

    def test_a_file_of_the_owner_lies_open_and_is_read_by_followers(self):
        owner, _ = self.new_paired()
        reader, account = self.new_paired()
        number = owner.api.post(self.channels(owner), {"name": "Pictures"})["id"]
        reader.api.post(self.channels(reader, f"/{number}/follow"), expect=201)
        for kind, body, data in (("Image", {"mimetype": "image/png"}, PNG), ("File", {"mimetype": "application/x-noise", "filename": "n.bin"},
                                                                             bytes(range(256)) * 4096)):
            with self.subTest(kind):
                sent = owner.api.post(f"/api/send{kind}", {"session": owner.name, "chatId": number, "caption": f"see {kind}",
                                                           "file": {**body, "data": base64.b64encode(data).decode()}}, expect=201)
                message = bare_id(sent["id"])
                arrived = reader.wait_message(f"see {kind}")
                self.assertTrue(arrived.payload["hasMedia"])
                self.assertEqual(reader.api.request("GET", f"/api/files/{reader.name}/{message}.bin").body, data)
                kept = next(entry for entry in self.control("GET", f"/{number}")["messages"] if entry["id"] == message)
                self.assertFalse(kept["encrypted"])
                self.assertEqual(kept["type"], "media")
                stored = self.sandbox.api.request("GET", f"/control/channels/{number}/messages/{message}/file")
                self.assertEqual(stored.body, data)
                account.message(lambda entry: entry["id"] == message and entry["text"] == f"see {kind}", what="a post at the phone")
        self.assertEqual(self.sandbox.stats()["counters"]["channel_files_with_handle"], 2)

    def test_a_file_of_the_channel_is_fetched_and_checked(self):
        session, _ = self.new_paired()
        number = self.control("POST", body={"name": "Files"})["id"]
        session.api.post(self.channels(session, f"/{number}/follow"), expect=201)
        media = {"data": base64.b64encode(PNG).decode(), "mimetype": "image/png", "kind": "image", "caption": "white"}
        post = self.control("POST", f"/{number}/post", {"media": media})
        session.wait_message("white")
        self.assertEqual(session.api.request("GET", f"/api/files/{session.name}/{post['id']}.png").body, PNG)

    def test_the_preview_gives_files_of_channels_that_are_not_followed(self):
        session, _ = self.new_paired()
        number = self.control("POST", body={"name": "Gallery"})["id"]
        media = {"data": base64.b64encode(PNG).decode(), "mimetype": "image/png", "kind": "image", "caption": "white"}
        self.control("POST", f"/{number}/post", {"media": media})
        (plain,) = session.api.get(self.channels(session, f"/{number}/messages/preview?limit=1"))
        self.assertIsNone(plain["message"]["media"])
        (post,) = session.api.get(self.channels(session, f"/{number}/messages/preview?limit=1&downloadMedia=true"))
        self.assertIsNone(post["message"]["media"]["error"])
        path = urllib.parse.urlsplit(post["message"]["media"]["url"]).path
        self.assertEqual(session.api.request("GET", path).body, PNG)

    def test_an_encrypted_file_is_not_forwarded_into_a_channel(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        number = session.api.post(self.channels(session), {"name": "Forwarding"})["id"]
        sent = session.api.post("/api/sendImage", {"session": session.name, "chatId": other.chat_id,
                                                   "file": {"mimetype": "image/png", "data": base64.b64encode(PNG).decode()}}, expect=201)
        answer = session.api.request("POST", "/api/forwardMessage", {"session": session.name, "chatId": number, "messageId": sent["id"]})
        self.assertEqual(answer.status, 422, str(answer))
        self.assertEqual(self.control("GET", f"/{number}")["messages"], [])

    # ------------------------------------------------------------------ administration

    @staticmethod
    def jpeg(source: str) -> bytes:
        return subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"{source}=size=64x64", "-frames:v", "1", "-f", "mjpeg", "-"],
                              check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout

    def own(self, session, number: str, path: str = "") -> str:
        return f"/api/v1/{session.name}/channels/{number}{path}"

    def test_name_description_and_picture_are_changed_by_administrators_only(self):
        session, _ = self.new_paired()
        stranger, _ = self.new_paired()
        picture = {"mimetype": "image/jpeg", "data": base64.b64encode(self.jpeg("testsrc")).decode()}
        made = session.api.post(self.channels(session), {"name": "Before", "picture": picture})
        number = made["id"]
        first = self.control("GET", f"/{number}")["picture"]
        self.assertTrue(first)
        changed = session.api.patch(self.own(session, number), {"name": "After", "description": "New"})
        self.assertEqual((changed["name"], changed["description"], changed["role"]), ("After", "New", "OWNER"))
        self.assertEqual(self.control("GET", f"/{number}")["picture"], first)
        other = {"mimetype": "image/jpeg", "data": base64.b64encode(self.jpeg("mandelbrot")).decode()}
        self.assertTrue(session.api.patch(self.own(session, number), {"picture": other})["picture"])
        self.assertNotEqual(self.control("GET", f"/{number}")["picture"], first)
        session.api.delete(self.own(session, number, "/picture"))
        self.assertEqual(self.control("GET", f"/{number}")["picture"], "")
        self.assertEqual(stranger.api.request("PATCH", self.own(stranger, number), {"name": "Mine"}).status, 403)
        self.assertEqual(session.api.request("PATCH", self.own(session, number), {}).status, 400)
        self.assertEqual(session.api.request("PATCH", self.own(session, "49151@c.us"), {"name": "x"}).status, 400)

    def test_administrators_are_counted_unmade_and_become_the_owner(self):
        session, account = self.new_paired()
        helper, helping = self.new_paired()
        number = session.api.post(self.channels(session), {"name": "Team"})["id"]
        self.assertEqual(session.api.get(self.own(session, number, "/admins")), {"count": 1})
        self.control("POST", f"/{number}/admins", {"phone": helping.phone})
        self.assertEqual(session.api.get(self.own(session, number, "/admins")), {"count": 2})
        self.assertEqual(helper.api.get(self.channels(helper, f"/{number}"))["role"], "ADMIN")
        helper.send(number, "by the helper")
        session.wait_message("by the helper")
        self.assertEqual(helper.api.request("POST", self.own(helper, number, "/admins/demote"), {"contactId": account.chat_id}).status, 403)
        session.api.post(self.own(session, number, "/admins/demote"), {"contactId": helping.chat_id}, expect=200)
        self.assertEqual(helper.api.get(self.channels(helper, f"/{number}"))["role"], "SUBSCRIBER")
        self.control("POST", f"/{number}/admins", {"phone": helping.phone})
        session.api.put(self.own(session, number, "/owner"), {"contactId": helping.chat_id})
        self.assertEqual(self.control("GET", f"/{number}")["owner"], helping.digits)
        self.assertEqual(session.api.get(self.channels(session, f"/{number}"))["role"], "ADMIN")

    # ------------------------------------------------------------------ counts

    def counted(self, session, server_id: int, wanted):
        return self.hooks.wait("channel.message.counts", lambda delivery: delivery.payload["serverId"] == server_id and wanted(delivery.payload),
                               20, session.name, path=session.endpoint, what="counts")

    def test_views_and_reactions_are_told_while_they_are_watched(self):
        session, _ = self.new_paired()
        reader, _ = self.new_paired()
        number = self.control("POST", body={"name": "Counting"})["id"]
        for one in (session, reader):
            one.api.post(self.channels(one, f"/{number}/follow"), expect=201)
        post = self.control("POST", f"/{number}/post", {"text": "count me"})
        arrived = reader.wait_message("count me")
        session.wait_message("count me")
        watched = session.api.post(self.own(session, number, "/live"), {}, expect=200)
        self.assertGreater(watched["seconds"], 0)
        reader.api.post(self.own(reader, number, "/viewed"), {"messageIds": [arrived.payload["id"]]}, expect=200)
        self.assertEqual(self.counted(session, post["serverId"], lambda counts: counts["viewCount"] == 1).payload["id"], number)
        reader.api.put("/api/reaction", {"session": reader.name, "messageId": arrived.payload["id"], "reaction": "\N{THUMBS UP SIGN}"})
        self.counted(session, post["serverId"], lambda counts: counts["reactions"] == {"\N{THUMBS UP SIGN}": 1})
        missing = reader.api.request("POST", self.own(reader, number, "/viewed"), {"messageIds": ["3EB0UNKNOWN"]})
        self.assertEqual(missing.status, 404, str(missing))

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
