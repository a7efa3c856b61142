"""Published clients of WAHA, unmodified, pointed at the gateway: what applications do with them works, and is seen by phones."""

import base64
import itertools
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from world import GatewayCase  # noqa: E402, first: it knows where the harness is
from harness import main, packages, wait_until  # noqa: E402
from harness.gateway import bare_id  # noqa: E402
from harness.programs import Program  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent / "waha_clients"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\xff\xd9"


class Refused(AssertionError):
    """The client raised an error."""


class WahaClient(Program):
    """A client in a process of its own: two of them have the same module name."""

    def __init__(self, package: str, module: str, name: str, gateway):
        folder = packages.installed(FOLDER / f"{package}.txt")
        environment = dict(os.environ, PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1")
        super().__init__(package, [sys.executable, str(FOLDER / "driver.py"), module, name, gateway.base, gateway.api.key], environment, stdin=True)
        self._ids = itertools.count(1)
        since = self.lines.mark()
        self.spawn()
        self.wait_json(lambda line: line.get("event") == "ready", 60, "ready line", since)

    def call(self, what: str, *args, model: str | None = None, **kwargs):
        number, since = next(self._ids), self.lines.mark()
        self.process.stdin.write(json.dumps({"id": number, "call": what, "args": args, "kwargs": kwargs, "model": model}) + "\n")
        self.process.stdin.flush()
        answer = self.wait_json(lambda line: line.get("id") == number, 60, f"answer to {what}", since)
        if not answer["ok"]:
            raise Refused(f"{self.name}: {what} failed: {answer['error']}")
        return answer["result"]


class WahaClientCase(GatewayCase):
    package, module, client_class = "", "", "WahaClient"

    @classmethod
    def environment(cls):
        return {"WHATSAPP_DOWNLOAD_MEDIA": "false"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = WahaClient(cls.package, cls.module, cls.client_class, cls.gateway)
        cls.addClassCleanup(cls.client.kill)
        cls.other = cls.sandbox.account(pushName="Other")

    def call(self, what: str, *args, **kwargs):
        return self.client.call(what, *args, **kwargs)

    def webhooks(self, session) -> dict:
        return {"webhooks": [{"url": self.hooks.url(session.endpoint), "events": ["*"]}]}

    def file_at(self, phone, message_id: str) -> bytes:
        phone.message(lambda entry: entry["id"] == bare_id(message_id), what=f"message {message_id}")
        return self.sandbox.api.request("GET", f"/control/accounts/{phone.phone}/messages/{bare_id(message_id)}/file").body

    def group(self, owner) -> str:
        return self.sandbox.api.post("/control/groups", {"by": owner.phone, "members": [self.other.phone], "subject": "Friends"}, expect=201)["id"]


class WahaPyTest(WahaClientCase):
    """waha-py: generated from WAHA's document, with a model for each schema. Models send null for what is not set, and 1.0 for 1.
    Not used are models that WAHA's own answers do not fit, because its document is wrong: webhooks' events, `multipleAnswers`."""

    package, module = "waha-py", "waha"

    def test_a_session_from_its_creation_to_its_end(self):
        session, account = self.new_session(create=False), self.sandbox.account(pushName="Py")
        made = self.call("sessions.create", {"name": session.name, "start": False, "config": self.webhooks(session)})
        self.assertEqual((made["name"], made["status"]), (session.name, "STOPPED"))
        self.call("sessions.start", session.name)
        session.wait_status("SCAN_QR_CODE")
        picture = self.call("auth.get_qr", session.name, model="Base64File")
        self.assertTrue(base64.b64decode(picture["data"]).startswith(b"\x89PNG"))
        account.scan(self.call("auth.get_qr", session.name, {"format": "raw"}, model="QRCodeValue")["value"])
        session.wait_status("WORKING")
        self.assertEqual(self.call("sessions.get_me", session.name, model="MeInfo")["id"], account.chat_id)
        shown = self.call("sessions.get", session.name)
        self.assertEqual((shown["status"], shown["me"]["id"]), ("WORKING", account.chat_id))
        self.assertIn(session.name, [entry["name"] for entry in self.call("sessions.list", {"all": "true"})])
        self.call("sessions.update", session.name, {"config": {"metadata": {"a": "b"}, **self.webhooks(session)}})
        self.assertEqual(session.info()["config"]["metadata"], {"a": "b"})
        wait_until(lambda: session.status() == "WORKING", 20, "the session to be back")
        self.call("sessions.logout", session.name)
        self.call("sessions.delete", session.name)
        self.assertNotIn(session.name, [entry["name"] for entry in self.call("sessions.list", {"all": "true"})])

    def test_messages_of_all_kinds(self):
        session, account = self.new_paired()
        to = {"session": session.name, "chatId": self.other.chat_id}

        def model(name, **fields):
            return {"$model": name, **to, **fields}

        sent = self.call("chatting.send_text", model("MessageTextRequest", text="by waha-py"))
        self.assertEqual(self.other.received("by waha-py")["id"], bare_id(sent["id"]))
        self.other.send(account.digits, "question")
        asked = session.wait_message("question").payload
        self.call("chatting.send_text", model("MessageTextRequest", text="answer", reply_to=asked["id"]))
        self.assertEqual(self.other.received("answer")["quotedId"], bare_id(asked["id"]))
        self.call("chatting.send_seen", model("SendSeenRequest", messageIds=[asked["id"]]))
        self.call("chatting.set_reaction", {"$model": "MessageReactionRequest", "session": session.name, "messageId": asked["id"], "reaction": "👍"})
        self.call("chatting.start_typing", model("ChatRequest"))
        self.call("chatting.stop_typing", model("ChatRequest"))
        file = {"$model": "BinaryFile", "mimetype": "image/jpeg", "filename": "a.jpg", "data": base64.b64encode(JPEG).decode()}
        image = self.call("chatting.send_image", model("MessageImageRequest", file=file, caption="a picture"))
        self.assertEqual(self.file_at(self.other, image["id"]), JPEG)
        document = self.call("chatting.send_file", model("MessageFileRequest", file={**file, "mimetype": "application/pdf"}))
        self.assertEqual(self.file_at(self.other, document["id"]), JPEG)
        self.call("chatting.send_location", model("MessageLocationRequest", latitude=1.5, longitude=2.5, title="Here"))
        poll = {"name": "Which?", "options": ["A", "B"], "multipleAnswers": False}
        self.call("chatting.send_poll", {**to, "poll": poll})
        contact = {"fullName": "John Doe", "phoneNumber": "+1 555 000 2222", "whatsappId": "15550002222", "organization": None}
        self.call("chatting.send_contact_vcard", {**to, "contacts": [contact]})
        self.call("chatting.forward_message", model("MessageForwardRequest", messageId=asked["id"]))
        self.call("chatting.set_star", model("MessageStarRequest", messageId=asked["id"], star=True))
        self.call("chats.pin_message", session.name, self.other.chat_id, asked["id"], {"$model": "PinMessageRequest", "duration": 86_400})
        self.call("chats.unpin_message", session.name, self.other.chat_id, asked["id"])
        self.call("chats.edit_message", session.name, self.other.chat_id, sent["id"], {"$model": "EditMessageRequest", "text": "changed"})
        kept = self.call("chats.get_chat_message", session.name, self.other.chat_id, sent["id"])
        self.assertEqual(kept["body"], "changed")
        self.call("chats.delete_message", session.name, self.other.chat_id, sent["id"])

    def test_chats_contacts_and_files(self):
        session, account = self.new_paired()
        content = base64.b64encode(JPEG).decode()
        sent = self.sandbox.api.post(f"/control/accounts/{self.other.phone}/send",
                                     {"to": account.digits, "media": {"data": content, "mimetype": "image/jpeg", "kind": "image"}}, expect=201)
        self.hooks.wait("message", lambda delivery: bare_id(delivery.payload["id"]) == sent["id"], 20, session.name, path=session.endpoint)
        self.assertIn(self.other.chat_id, [entry["id"] for entry in self.call("chats.get_chats", session.name, {"limit": 10})])
        (newest,) = self.call("chats.get_chats_overview", session.name, {"limit": 1})
        self.assertEqual((newest["id"], bare_id(newest["lastMessage"]["id"])), (self.other.chat_id, sent["id"]))
        (listed,) = self.call("chats.get_chat_messages", session.name, self.other.chat_id, {"limit": 1, "downloadMedia": "true"})
        path = listed["media"]["url"].split("/", 3)[3]
        self.assertEqual(self.gateway.api.request("GET", "/" + path).body, JPEG)
        self.call("chats.archive_chat", session.name, self.other.chat_id)
        self.call("chats.unarchive_chat", session.name, self.other.chat_id)
        self.call("chats.unread_chat", session.name, self.other.chat_id)
        by = {"session": session.name, "contactId": self.other.chat_id}
        self.assertEqual(self.call("contacts.get", by)["id"], self.other.chat_id)
        self.assertIn(self.other.chat_id, [entry["id"] for entry in self.call("contacts.get_all", {"session": session.name})])
        found = self.call("contacts.check_exists", {"session": session.name, "phone": self.other.phone}, model="WANumberExistResult")
        self.assertTrue(found["numberExists"])
        self.call("contacts.block", {"$model": "ContactRequest", **by})
        self.call("contacts.unblock", {"$model": "ContactRequest", **by})
        self.assertEqual(self.call("lids.find_lid_by_phone_number", session.name, self.other.phone, model="LidToPhoneNumber")["lid"], self.other.lid_jid)
        label = self.call("labels.create", session.name, {"$model": "LabelBody", "name": "Lead", "color": 1}, model="Label")
        self.call("labels.put_chat_labels", session.name, self.other.chat_id, {"$model": "SetLabelsRequest", "labels": [{"$model": "LabelID", "id": label["id"]}]})
        self.assertEqual([entry["name"] for entry in self.call("labels.get_chat_labels", session.name, self.other.chat_id, model="Label")], ["Lead"])
        self.assertTrue(self.call("profile.set_profile_name", session.name, {"$model": "ProfileNameRequest", "name": "Renamed"}, model="Result")["success"])
        self.assertEqual(self.call("profile.get_my_profile", session.name)["name"], "Renamed")
        self.call("presence.set_presence", session.name, {"presence": "online"})
        self.call("presence.get_presence", session.name, self.other.chat_id, model="WAHAChatPresences")
        self.assertEqual(self.call("ping.ping", model="PingResponse")["message"], "pong")
        self.assertEqual(self.call("version.get")["engine"], "GOWS")

    def test_groups_and_channels(self):
        session, account = self.new_paired()
        people = [{"$model": "Participant", "id": self.other.chat_id}]
        made = self.call("groups.create_group", session.name, {"$model": "CreateGroupRequest", "name": "Friends", "participants": people}, model="GroupInfo")
        group = made["id"]
        self.assertEqual([entry["id"] for entry in self.call("groups.get_groups", session.name, model="GroupInfo")], [group])
        self.assertEqual(self.call("groups.get_groups_count", session.name, model="CountResponse")["count"], 1)
        self.call("groups.set_subject", session.name, group, {"$model": "SubjectRequest", "subject": "Climbing"})
        self.call("groups.set_description", session.name, group, {"$model": "DescriptionRequest", "description": "Sundays"})
        self.call("groups.set_info_admin_only", session.name, group, {"$model": "SettingsSecurityChangeInfo", "adminsOnly": True})
        state = self.sandbox.api.get(f"/control/groups/{group}")
        self.assertEqual((state["subject"], state["description"], state["locked"]), ("Climbing", "Sundays", True))
        self.call("groups.promote_to_admin", session.name, group, {"$model": "ParticipantsRequest", "participants": people})
        roles = {entry["pn"]: entry["role"] for entry in self.call("groups.get_group_participants", session.name, group, model="GroupParticipant")}
        self.assertEqual(roles, {account.chat_id: "superadmin", self.other.chat_id: "admin"})
        self.assertEqual(self.call("groups.get_invite_code", session.name, group), state["inviteCode"])
        self.call("groups.remove_participants", session.name, group, {"$model": "ParticipantsRequest", "participants": people})
        self.call("groups.leave_group", session.name, group)
        self.assertEqual(self.call("groups.get_groups", session.name), [])
        channel = self.call("channels.create", session.name, {"$model": "CreateChannelRequest", "name": "News"}, model="Channel")
        self.assertEqual([entry["id"] for entry in self.call("channels.list", session.name, model="Channel")], [channel["id"]])
        self.call("channels.mute", session.name, channel["id"])
        search = {"$model": "ChannelSearchByText", "text": "News", "categories": [], "limit": 10, "startCursor": ""}
        self.assertEqual(len(self.call("channels.search_by_text", session.name, search, model="ChannelListResult")["channels"]), 1)


class WahaTest(WahaClientCase):
    """waha: typed namespaces. Its chats, groups and raw QR codes ask for what WAHA itself has not, so they are left out."""

    package, module = "waha", "waha"

    def test_sessions(self):
        session, account = self.new_session(create=False), self.sandbox.account(pushName="Wa")
        made = self.call("sessions.create", name=session.name, start=True, config=self.webhooks(session))
        self.assertEqual(made["name"], session.name)
        session.wait_status("SCAN_QR_CODE")
        account.scan(session.qr())
        session.wait_status("WORKING")
        self.assertEqual(self.call("sessions.get", session.name)["status"], "WORKING")
        self.assertEqual(self.call("sessions.get_me", session.name)["id"], account.chat_id)
        self.assertIn(session.name, [entry["name"] for entry in self.call("sessions.list", all=True)])
        self.assertEqual(self.call("sessions.stop", session.name)["status"], "STOPPED")
        since = self.hooks.mark()
        self.call("sessions.start", session.name)
        session.wait_status("WORKING", since=since)
        self.call("sessions.logout", session.name)
        self.call("sessions.delete", session.name)

    def test_a_pairing_code(self):
        session, account = self.new_session(), self.sandbox.account()
        session.wait_status("SCAN_QR_CODE")
        account.enter_code(self.call("auth.request_code", session.name, account.phone)["code"])
        session.wait_status("WORKING")

    def test_messages_and_people(self):
        session, account = self.new_paired()
        chat = self.other.chat_id
        self.assertTrue(self.call("messages.send_text", chat, "by waha", session.name)["id"].startswith("true_"))
        self.other.received("by waha")
        file = {"$model": "Base64File", "mimetype": "image/jpeg", "filename": "a.jpg", "data": base64.b64encode(JPEG).decode()}
        image = self.call("messages.send_image", chat, file, session.name, "a picture")
        self.assertEqual(self.file_at(self.other, image["id"]), JPEG)
        document = self.call("messages.send_file", chat, file, session.name)
        self.assertEqual(self.file_at(self.other, document["id"]), JPEG)
        self.call("messages.send_location", chat, 1.5, 2.5, session.name, "Here")
        self.other.send(account.digits, "question")
        asked = session.wait_message("question").payload
        self.call("messages.react", asked["id"], "👍", session.name)
        self.call("messages.start_typing", chat, session.name)
        self.call("messages.stop_typing", chat, session.name)
        self.call("messages.send_seen", chat, session.name)
        listed = self.call("chats.get_messages", chat, session.name, limit=1)
        self.assertEqual(listed[0]["body"], "question")
        self.assertTrue(self.call("contacts.check_exists", self.other.phone, session.name)["numberExists"])
        self.assertTrue(self.call("profile.set_name", session=session.name, name="By waha")["success"])
        self.assertEqual(self.call("profile.get", session.name)["name"], "By waha")
        self.call("labels.create", "Lead", 1, session.name)
        self.assertEqual([entry["name"] for entry in self.call("labels.list", session.name)], ["Lead"])


class WahaPythonTest(WahaClientCase):
    """waha-python: a thin layer over the paths. Its groups are made and filled with bodies that WAHA refuses, so they come from a phone;
    and where a module has a `get` of its own, its other readings call that one in place of the client's, and fail anywhere."""

    package, module, client_class = "waha-python", "waha_python", "WAHAClient"

    def test_sessions(self):
        session, account = self.new_session(create=False), self.sandbox.account(pushName="Pyt")
        self.assertEqual(self.call("sessions.create", session.name, self.webhooks(session), False)["status"], "STOPPED")
        self.call("sessions.start", session.name)
        session.wait_status("SCAN_QR_CODE")
        self.assertEqual(self.call("sessions.get_qr", session.name, accept_json=True)["mimetype"], "image/png")
        account.scan(self.call("sessions.get_qr", session.name, format="raw")["value"])
        session.wait_status("WORKING")
        self.assertEqual(self.call("sessions.get", session.name)["me"]["id"], account.chat_id)
        self.assertIn(session.name, [entry["name"] for entry in self.call("get", "/api/sessions", {"all": True})])
        since = self.hooks.mark()
        self.call("sessions.restart", session.name)
        session.wait_status("WORKING", since=since)
        self.call("sessions.stop", session.name)
        self.call("sessions.delete", session.name)

    def test_messages(self):
        session, account = self.new_paired()
        to = (session.name, self.other.chat_id)
        sent = self.call("messages.send_text", *to, "by waha-python", link_preview=False)
        self.assertEqual(self.other.received("by waha-python")["id"], bare_id(sent["id"]))
        file = {"mimetype": "image/jpeg", "filename": "a.jpg", "data": base64.b64encode(JPEG).decode()}
        for kind, more in (("image", {"caption": "a picture"}), ("file", {})):
            made = self.call(f"messages.send_{kind}", *to, file, **more)
            self.assertEqual(self.file_at(self.other, made["id"]), JPEG)
        self.other.send(account.digits, "question")
        asked = session.wait_message("question").payload
        self.call("messages.send_seen", *to, [asked["id"]])
        self.call("messages.send_location", *to, 1.5, 2.5, "Here")
        self.call("messages.edit_message", *to, sent["id"], "changed")
        self.assertEqual(self.call("chats.get_message", *to, sent["id"])["body"], "changed")
        self.call("messages.delete_message", *to, sent["id"])

    def test_chats_contacts_and_groups(self):
        session, account = self.new_paired()
        self.other.send(account.digits, "hello")
        session.wait_message("hello")
        to = (session.name, self.other.chat_id)
        self.assertIn(self.other.chat_id, [entry["id"] for entry in self.call("chats.list", session.name, limit=10)])
        self.assertEqual(self.call("chats.get_overview", session.name)[0]["lastMessage"]["body"], "hello")
        self.assertEqual(self.call("chats.get_messages", *to, 1, True)[0]["body"], "hello")
        for what in ("archive", "unarchive", "unread"):
            self.call(f"chats.{what}", *to)
        self.assertIn(self.other.chat_id, [entry["id"] for entry in self.call("contacts.list_all", session.name)])
        self.assertEqual(self.call("contacts.get_contact", *to)["id"], self.other.chat_id)
        self.assertTrue(self.call("contacts.check_exists", session.name, self.other.phone)["numberExists"])
        self.call("contacts.get_about", *to)
        group = self.group(account)
        self.call("groups.update_subject", session.name, group, "Climbing")
        self.call("groups.update_description", session.name, group, "Sundays")
        self.assertEqual(self.call("groups.get", session.name, group)["subject"], "Climbing")
        code = self.call("groups.revoke_invite_code", session.name, group)
        self.assertEqual(code, self.sandbox.api.get(f"/control/groups/{group}")["inviteCode"])
        self.call("groups.leave", session.name, group)
        channel = self.call("channels.create", session.name, "News", "What happens")
        self.assertEqual(self.call("channels.get", session.name, channel["id"])["name"], "News")
        self.call("channels.delete", session.name, channel["id"])


if __name__ == "__main__":
    main()
