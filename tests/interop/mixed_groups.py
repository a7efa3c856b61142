"""Groups in which Baileys, whatsmeow, the gateway and phones are members together."""

import datetime
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness import BaileysPeer, Gateway, HarnessCase, Sandbox, Session, WebhookReceiver, WhatsmeowPeer  # noqa: E402
from harness.gateway import bare_id  # noqa: E402
from kinds import find  # noqa: E402


class ForeignGroups(HarnessCase):
    """A Baileys client `ben` and a whatsmeow client `gopher`, of an account each, and phones: the network without the gateway."""

    clients = ("ben", "gopher")

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()
        cls.baileys, cls.whatsmeow = cls.begin(BaileysPeer()), cls.begin(WhatsmeowPeer())
        cls.accounts = {"ben": cls.sandbox.account(pushName="Ben"), "gopher": cls.sandbox.account(pushName="Gopher")}
        cls.ben = cls.baileys.client("ben").pair(cls.sandbox, cls.accounts["ben"])
        cls.gopher = cls.whatsmeow.client("gopher").pair(cls.sandbox, cls.accounts["gopher"])

    @classmethod
    def begin(cls, peer):
        cls.addClassCleanup(peer.quit)
        return peer.start()

    def setUp(self):
        self.marks = {"ben": self.ben.mark(), "gopher": self.gopher.mark()}

    def tearDown(self):
        counted = self.baileys.signatures()
        self.assertGreater(counted["ok"], 0)
        self.assertEqual(counted["bad"], 0)

    # ------------------------------------------------------------------ groups

    def create(self, who: str, name: str, members) -> str:
        """The JID of a new group of `who`."""
        if who == "ben":
            return self.ben.call("groupCreate", name, [account.pn_jid for account in members])["id"]
        return self.gopher.call("CreateGroup", {"Name": name, "Participants": [account.pn_jid for account in members]})["JID"]

    def create_with_all(self, who: str, name: str, *more) -> str:
        return self.create(who, name, [account for name, account in self.accounts.items() if name != who] + list(more))

    def change(self, who: str, group: str, action: str, account):
        """`action`: add, remove, promote or demote."""
        if who == "ben":
            self.ben.call("groupParticipantsUpdate", group, [account.pn_jid], action)
        else:
            self.gopher.call("UpdateGroupParticipants", group, [account.pn_jid], action)

    def wait_change(self, who: str, group: str, action: str, account):
        """Waits until `who` has been told."""
        if who == "ben":
            self.ben.wait_raw("group-participants.update", lambda data: data["id"] == group and data["action"] == action, since=self.marks[who])
        else:
            name = {"add": "Join", "remove": "Leave"}.get(action, action.capitalize())
            self.gopher.wait_raw("GroupInfo", lambda data: data["JID"] == group and any(account.is_me(jid) for jid in data[name] or []),
                                 since=self.marks[who])

    def invite_code(self, who: str, group: str) -> str:
        if who == "ben":
            return self.ben.call("groupInviteCode", group)
        return self.gopher.call("GetGroupInviteLink", group, False).rsplit("/", 1)[-1]

    def join(self, who: str, code: str):
        if who == "ben":
            self.ben.call("groupAcceptInvite", code)
        else:
            self.gopher.call("JoinGroupWithLink", code)

    # ------------------------------------------------------------------ invitations by message

    def add_refused(self, who: str, group: str, account) -> dict:
        """Adds somebody who does not let itself be added: the `code` and `expiration` (seconds) of its invitation."""
        if who == "ben":
            result = self.ben.call("groupParticipantsUpdate", group, [account.pn_jid], "add")[0]
            self.assertEqual(str(result["status"]), "403")
            request = next(child for child in result["content"]["content"] if child["tag"] == "add_request")
            return {"code": request["attrs"]["code"], "expiration": int(request["attrs"]["expiration"])}
        result = self.gopher.call("UpdateGroupParticipants", group, [account.pn_jid], "add")[0]
        self.assertEqual(result["Error"], 403)
        ends = datetime.datetime.fromisoformat(result["AddRequest"]["Expiration"])
        return {"code": result["AddRequest"]["Code"], "expiration": int(ends.timestamp())}

    def invite(self, who: str, group: str, account, invite: dict, caption: str):
        content = {"groupJid": group, "inviteCode": invite["code"], "inviteExpiration": str(invite["expiration"]), "groupName": "Guests",
                   "caption": caption}
        getattr(self, who).send_content(account.pn_jid, {"groupInviteMessage": content})

    def read_invitation(self, who: str, caption: str) -> dict:
        """What `who` has been sent: `group`, `code`, `expiration`, `inviter`."""
        seen = getattr(self, who).wait("message", lambda entry: find(entry.get("content"), "caption") == caption, 60, self.marks[who],
                                       f"the invitation {caption!r}")
        content = find(seen["content"], "groupInviteMessage")
        return {"group": find(content, "groupJid"), "code": find(content, "inviteCode"), "expiration": int(find(content, "inviteExpiration")),
                "inviter": seen["chat"]}

    def accept(self, who: str, brought: dict):
        if who == "ben":
            message = {"groupJid": brought["group"], "inviteCode": brought["code"], "inviteExpiration": brought["expiration"]}
            self.assertEqual(self.ben.call("groupAcceptInviteV4", brought["inviter"], message), brought["group"])
        else:
            shown = self.gopher.call("GetGroupInfoFromInvite", brought["group"], brought["inviter"], brought["code"], brought["expiration"])
            self.assertEqual(shown["JID"], brought["group"])
            self.gopher.call("JoinGroupWithInvite", brought["group"], brought["inviter"], brought["code"], brought["expiration"])

    # ------------------------------------------------------------------ messages

    def write(self, who: str, group: str, text: str) -> str:
        return getattr(self, who).send(group, text)

    def read(self, who: str, text: str, group: str, author: str) -> dict:
        """Waits until `who` has the text in the group from `author`."""
        seen = getattr(self, who).wait_message(text, since=self.marks[who], seconds=60)
        self.assertEqual(seen["chat"], group)
        self.assertTrue(self.accounts[author].is_me(seen["from"]), seen)
        return seen

    def texts(self, who: str) -> list[str]:
        """What `who` has read in this test."""
        return [entry.get("text") for entry in getattr(self, who).events("message", self.marks[who])]

    def all_talk(self, group: str, tag: str, who=None, phones=()):
        """Everybody writes, everybody else reads."""
        who = who or self.clients
        for writer in who:
            text = f"{writer} {tag}"
            self.write(writer, group, text)
            for reader in who:
                if reader != writer:
                    self.read(reader, text, group, writer)
            for phone in phones:
                phone.received(text, 60)


class MixedGroups(ForeignGroups):
    """And a session `alice` of the gateway."""

    clients = ("alice", "ben", "gopher")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hooks = WebhookReceiver()
        cls.addClassCleanup(cls.hooks.close)
        cls.gateway = Gateway(cls.sandbox)
        cls.addClassCleanup(cls.gateway.clean)
        cls.gateway.start()
        cls.accounts["alice"] = cls.sandbox.account(pushName="Alice")
        cls.session = Session(cls.gateway, cls.hooks, "alice")
        cls.session.create()
        cls.session.pair(cls.accounts["alice"], since=0)

    def setUp(self):
        super().setUp()
        self.since = self.hooks.mark()

    def create(self, who: str, name: str, members) -> str:
        if who != "alice":
            return super().create(who, name, members)
        wanted = {"name": name, "participants": [{"id": account.chat_id} for account in members]}
        made = self.session.api.post("/api/alice/groups", wanted, expect=201)
        return made["id"]

    def change(self, who: str, group: str, action: str, account):
        if who != "alice":
            return super().change(who, group, action, account)
        folder = "participants" if action in ("add", "remove") else "admin"
        self.session.api.post(f"/api/alice/groups/{group}/{folder}/{action}", {"participants": [{"id": account.chat_id}]}, expect=(200, 201))

    def wait_change(self, who: str, group: str, action: str, account):
        if who != "alice":
            return super().wait_change(who, group, action, account)
        name = {"add": "join", "remove": "leave"}.get(action, action)
        self.hooks.wait("group.v2.participants", lambda delivery: delivery.payload["group"]["id"] == group and delivery.payload["type"] == name
                        and account.is_me(delivery.payload["participants"][0]["id"]), session="alice", since=self.since)

    def invite_code(self, who: str, group: str) -> str:
        return self.session.api.get(f"/api/alice/groups/{group}/invite-code") if who == "alice" else super().invite_code(who, group)

    def join(self, who: str, code: str):
        if who != "alice":
            return super().join(who, code)
        self.session.api.post("/api/alice/groups/join", {"code": code}, expect=(200, 201))

    def add_refused(self, who: str, group: str, account) -> dict:
        if who != "alice":
            return super().add_refused(who, group, account)
        result = self.session.api.post(f"/api/alice/groups/{group}/participants/add", {"participants": [{"id": account.chat_id}]}, expect=(200, 201))[0]
        self.assertEqual(result["status"], 403)
        return result["invite"]

    def invite(self, who: str, group: str, account, invite: dict, caption: str):
        if who != "alice":
            return super().invite(who, group, account, invite, caption)
        self.session.api.post(f"/api/v1/alice/groups/{group}/invitations", {"chatId": account.chat_id, "caption": caption, **invite}, expect=201)

    def read_invitation(self, who: str, caption: str) -> dict:
        if who != "alice":
            return super().read_invitation(who, caption)
        payload = self.session.wait_message(caption, since=self.since, seconds=60).payload
        told = payload["_data"]["groupInvite"]
        return {"group": told["id"], "code": told["code"], "expiration": told["expiresAt"], "inviter": payload["from"]}

    def accept(self, who: str, brought: dict):
        if who != "alice":
            return super().accept(who, brought)
        path, code = f"/api/v1/alice/groups/{brought['group']}/invitations", brought["code"]
        shown = self.session.api.get(f"{path}/info?code={code}&expiration={brought['expiration']}&inviter={brought['inviter']}")
        self.assertEqual(shown["id"], brought["group"])
        named = {key: brought[key] for key in ("code", "expiration", "inviter")}
        self.assertEqual(self.session.api.post(path + "/accept", named, expect=200), {"id": brought["group"]})

    def write(self, who: str, group: str, text: str) -> str:
        return bare_id(self.session.send(group, text)) if who == "alice" else super().write(who, group, text)

    def read(self, who: str, text: str, group: str, author: str) -> dict:
        if who != "alice":
            return super().read(who, text, group, author)
        payload = self.session.wait_message(text, since=self.since, seconds=60).payload
        self.assertEqual(payload["from"], group)
        self.assertTrue(self.accounts[author].is_me(payload["participant"]), payload)
        return payload

    def texts(self, who: str) -> list[str]:
        if who != "alice":
            return super().texts(who)
        return [delivery.payload["body"] for delivery in self.hooks.deliveries("message", "alice", self.since)]
