"""Status posts between Baileys, whatsmeow, phones and the gateway."""

import base64
import hashlib
import pathlib
import tempfile

from mixed_groups import ForeignGroups, MixedGroups  # first: it finds the harness
from harness import main
from harness.gateway import bare_id
from harness.peers import field

STATUS = "status@broadcast"
GREEN = 0xFF38B42F
# One white pixel.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC")


class StatusBehaviours:
    """Of a ForeignGroups case, with or without the gateway."""

    def post(self, who: str, text: str, audience) -> str:
        """A text in green, to the accounts of `audience`."""
        if who == "ben":
            return self.ben.request("sendMessage", to=STATUS, content={"text": text}, options={
                "backgroundColor": "#38b42f", "font": 2, "broadcast": True, "statusJidList": [account.lid_jid for account in audience]})["id"]
        # whatsmeow asks the server who is to see its posts.
        self.accounts["gopher"].profile(privacy={"statusAudience": "whitelist", "statusList": " ".join(account.phone for account in audience)})
        return self.gopher.send_content(STATUS, {"extendedTextMessage": {"text": text, "backgroundArgb": GREEN, "font": "SYSTEM_TEXT"}})

    def see(self, who: str, text: str, author: str) -> dict:
        seen = self.read(who, text, STATUS, author)
        self.assertIn("skmsg", seen["encryption"])
        return seen

    def test_texts_reach_their_audience(self):
        phone = self.sandbox.account()
        stranger = self.sandbox.account()
        for writer in self.clients:
            for round in ("first", "second"):
                with self.subTest(writer=writer, round=round):
                    text = f"{round} status of {writer}"
                    readers = [name for name in self.clients if name != writer]
                    self.post(writer, text, [phone, *(self.accounts[name] for name in readers)])
                    for reader in readers:
                        self.see(reader, text, writer)
                    seen = phone.received(text, 60)
                    self.assertEqual((seen["chat"], seen["background"]), (STATUS, GREEN))
                    self.assertFalse(any(entry["text"] == text for entry in stranger.messages()))


class ForeignStatusTest(StatusBehaviours, ForeignGroups):
    pass


class MixedStatusTest(StatusBehaviours, MixedGroups):
    def post(self, who: str, text: str, audience) -> str:
        if who != "alice":
            return super().post(who, text, audience)
        body = {"text": text, "backgroundColor": "#38b42f", "font": 2, "contacts": [account.chat_id for account in audience]}
        return bare_id(self.session.api.post("/api/alice/status/text", body, expect=201)["id"])

    def see(self, who: str, text: str, author: str) -> dict:
        if who != "alice":
            return super().see(who, text, author)
        seen = self.session.wait_message(text, 60, self.since).payload
        self.assertEqual(seen["from"], STATUS)
        self.assertTrue(self.accounts[author].is_me(seen["participant"]), seen)
        return seen

    def test_the_look_of_a_text_is_read_by_all(self):
        self.post("alice", "green", [self.accounts["ben"], self.accounts["gopher"]])
        for name, client in (("ben", self.ben), ("gopher", self.gopher)):
            seen = client.wait_message("green", 60, self.marks[name])
            self.assertEqual(field(seen["content"], "extendedTextMessage.backgroundArgb"), GREEN, seen)

    def test_pictures_are_fetched_on_the_other_side(self):
        body = {"file": {"mimetype": "image/png", "data": base64.b64encode(PNG).decode()}, "caption": "white",
                "contacts": [self.accounts["ben"].chat_id, self.accounts["gopher"].chat_id]}
        number = bare_id(self.session.api.post("/api/alice/status/image", body, expect=201)["id"])
        with tempfile.TemporaryDirectory() as folder:
            for name, client in (("ben", self.ben), ("gopher", self.gopher)):
                with self.subTest(name):
                    # whatsmeow tells the key that comes with a post as a message of its own.
                    seen = client.wait("message", lambda entry: entry["id"] == number and entry["type"] == "imageMessage", 60, what="the picture")
                    self.assertEqual(seen["chat"], STATUS)
                    self.assertEqual(client.download(number, pathlib.Path(folder) / name)["sha256"], hashlib.sha256(PNG).hexdigest())

    def test_a_deleted_post_is_gone_for_all(self):
        readers = [self.accounts["ben"], self.accounts["gopher"]]
        number = self.post("alice", "soon gone", readers)
        for client in (self.ben, self.gopher):
            client.wait_id(number, 60)
        self.session.api.post("/api/alice/status/delete", {"id": number}, expect=201)
        for client in (self.ben, self.gopher):
            client.wait_target("revoke", number, seconds=60)

    def test_a_client_that_lost_its_keys_asks_again(self):
        self.post("alice", "with keys", [self.accounts["ben"]])
        self.ben.wait_message("with keys", 60, self.marks["ben"])
        self.ben.request("loseSessions", **{"with": [self.accounts["alice"].phone, self.accounts["alice"].lid_jid.split("@")[0]]})
        self.post("alice", "after the loss", [self.accounts["ben"]])
        self.ben.wait_message("after the loss", 60, self.marks["ben"])


if __name__ == "__main__":
    main()
