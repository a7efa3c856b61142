"""Groups: made, changed, written to and left, with sessions of the gateway and phones of the sandbox."""

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.gateway import bare_id


class GroupCase(GatewayCase):
    def group(self, by, members=(), **options) -> str:
        """A group that a phone makes. Returns its id."""
        body = {"by": by.phone, "members": [member.phone for member in members], **options}
        return self.sandbox.api.post("/control/groups", body, expect=201)["id"]

    def state(self, group: str) -> dict:
        return self.sandbox.api.get(f"/control/groups/{group}")

    def members(self, group: str) -> dict[str, str]:
        return {entry["phone"]: entry["role"] for entry in self.state(group)["members"]}

    def change(self, group: str, action: str, *members, by=None):
        body = {"action": action, "members": [member.phone for member in members]}
        if by:
            body["by"] = by.phone
        self.sandbox.api.post(f"/control/groups/{group}/members", body)

    def counters(self) -> dict:
        return self.sandbox.stats()["counters"]

    def assert_no_mistakes(self):
        stats = self.sandbox.stats()
        self.assertEqual(stats["reusedMessageKeys"], 0)
        self.assertEqual(stats["changedRepeats"], 0)
        self.assertEqual(stats["counters"].get("group_hashes_differ", 0), 0)


class GroupMessagesTest(GroupCase):
    def test_a_message_reaches_every_member_and_their_answers_come_back(self):
        session, owner = self.new_paired()
        other_session, other = self.new_paired()
        phone = self.sandbox.account()
        group = self.group(owner, [other, phone])
        sent = session.send(group, "hello group")
        self.assertTrue(sent.startswith(f"true_{group}_"), sent)
        self.assertEqual(phone.received("hello group")["chat"], group)
        received = other_session.wait_message("hello group")
        self.assertEqual(received.payload["from"], group)
        self.assertFalse(received.payload["fromMe"])
        self.assertTrue(owner.is_me(received.payload["participant"]), received.payload)
        owner.message(lambda entry: entry["text"] == "hello group" and entry["fromMe"], what="the own copy")
        phone.send(group, "hello back")
        self.assertEqual(session.wait_message("hello back").payload["from"], group)
        other_session.wait_message("hello back")
        other_session.send(group, "me too")
        session.wait_message("me too")
        phone.received("me too")
        self.assertEqual(self.counters().get("phone_missing_sender_keys", 0), 0)
        self.assert_no_mistakes()

    def test_the_key_goes_to_each_device_once_and_is_another_one_after_a_removal(self):
        session, owner = self.new_paired()
        stays, goes = self.sandbox.account(), self.sandbox.account()
        group = self.group(owner, [stays, goes])
        keys = self.counters().get("group_keys", 0)
        session.send(group, "first")
        stays.received("first")
        goes.received("first")
        self.assertEqual(self.counters()["group_keys"] - keys, 3)
        session.send(group, "second")
        stays.received("second")
        self.assertEqual(self.counters()["group_keys"] - keys, 3, "everybody has the key")
        self.change(group, "remove", goes)
        wait_until(lambda: len(session.api.get(f"/api/{session.name}/groups/{group}/participants/v2")) == 2, 20, "the news of the removal")
        session.send(group, "third")
        stays.received("third")
        self.assertEqual(self.counters()["group_keys"] - keys, 5, "a new key for those who stay")
        self.assertNotIn("third", [entry["text"] for entry in goes.messages()])
        self.assert_no_mistakes()

    def test_a_member_that_was_away_gets_everything(self):
        session, owner = self.new_paired()
        other_session, other = self.new_paired()
        phone = self.sandbox.account()
        group = self.group(owner, [other, phone])
        session.send(group, "all here")
        other_session.wait_message("all here")
        phone.received("all here")
        other_session.do("stop")
        phone.patch(online=False)
        for text in ("one", "two", "three"):
            session.send(group, text)
        phone.patch(online=True)
        other_session.do("start")
        for text in ("one", "two", "three"):
            phone.received(text)
            other_session.wait_message(text)
        self.assert_no_mistakes()

    def test_what_a_member_cannot_open_is_sent_again(self):
        session, owner = self.new_paired()
        other_session, other = self.new_paired()
        group = self.group(owner, [other])
        other.faults(undecryptable=1)
        session.send(group, "damaged on its way")
        other_session.wait_message("damaged on its way", 30)
        self.assertGreater(self.counters().get("group_resends", 0), 0)
        session.send(group, "and the next")
        other_session.wait_message("and the next")
        self.assert_no_mistakes()

    def test_a_group_with_phone_numbers_works_too(self):
        session, owner = self.new_paired()
        phone = self.sandbox.account()
        group = self.group(owner, [phone], addressing="pn")
        session.send(group, "by number")
        phone.received("by number")
        phone.send(group, "answer by number")
        session.wait_message("answer by number")
        self.assert_no_mistakes()

    def test_a_group_that_changes_its_addressing_gets_the_message_once_more(self):
        session, owner = self.new_paired()
        other_session, other = self.new_paired()
        phone = self.sandbox.account()
        group = self.group(owner, [other, phone])
        for addressing, text in (("lid", "by LID"), ("pn", "by number"), ("lid", "by LID again")):
            self.sandbox.api.request("PATCH", f"/control/groups/{group}", {"addressing": addressing})
            sent = session.send(group, text)
            session.wait_ack(sent, 1)
            phone.received(text)
            other_session.wait_message(text)
        self.assertEqual(self.hooks.deliveries("message.failed", session.name), [])
        self.assert_no_mistakes()

    def test_a_comment_in_an_announcement_group_reaches_who_can_read_its_message(self):
        session, owner = self.new_paired()
        other_session, other = self.new_paired()
        session.api.post(f"/api/v1/{session.name}/communities",
                         {"name": "Village", "participants": [{"id": other.chat_id}]}, expect=201)
        groups = self.sandbox.api.get("/control/groups")
        announcements = next(group["id"] for group in groups if group["parent"] and group["announce"])
        self.change(announcements, "promote", other)
        wait_until(lambda: self.members(announcements)[other.phone] == "admin", 20, "the admin")
        sent = session.send(announcements, "the well is dry")
        got = other_session.wait_message("the well is dry")
        path = f"/api/v1/{other_session.name}/chats/{announcements}/messages/{got.payload['id']}/comments"
        other_session.api.post(path, {"text": "I have water"}, expect=201)
        for who in (session, other_session):
            told = self.hooks.wait("message.comment", lambda _: True, 20, who.name, path=who.endpoint, what="the comment")
            self.assertEqual(told.payload["body"], "I have water")
            self.assertEqual(told.payload["from"], announcements)
            self.assertEqual(bare_id(told.payload["commentedMessageId"]), bare_id(sent))
        other_session.api.put("/api/reaction", {"session": other_session.name, "messageId": got.payload["id"], "reaction": "\N{THUMBS UP SIGN}"})
        told = self.hooks.wait("message.reaction", lambda _: True, 20, session.name, path=session.endpoint, what="the reaction")
        self.assertEqual(told.payload["reaction"]["text"], "\N{THUMBS UP SIGN}")
        other_session.api.post(path, {"text": ""}, expect=400)
        elsewhere = f"/api/v1/{session.name}/chats/{other.chat_id}/messages/{session.send(other.chat_id, 'hello')}/comments"
        session.api.post(elsewhere, {"text": "no"}, expect=422)

    def test_who_is_no_member_is_refused(self):
        session, _ = self.new_paired()
        phone = self.sandbox.account()
        group = self.group(phone, [self.sandbox.account()])
        answer = session.api.request("POST", "/api/sendText", {"session": session.name, "chatId": group, "text": "let me in"})
        self.assertEqual(answer.status, 422, answer)
        self.assertEqual(answer.json()["code"], 403)

    def test_a_restart_keeps_groups_and_keys(self):
        session, owner = self.new_paired()
        phone = self.sandbox.account()
        group = self.group(owner, [phone])
        session.send(group, "before")
        phone.received("before")
        keys = self.counters()["group_keys"]
        session.do("restart")
        session.send(group, "after")
        phone.received("after")
        self.assertEqual(self.counters()["group_keys"], keys)
        self.assert_no_mistakes()


class LargeGroupTest(GroupCase):
    def test_a_group_of_257(self):
        session, owner = self.new_paired()
        group = self.group(owner, size=257)
        self.assertEqual(len(self.members(group)), 257)
        keys = self.counters().get("group_keys", 0)
        opened = self.counters().get("phone_decrypted_messages", 0)
        sent = session.api.post("/api/sendText", {"session": session.name, "chatId": group, "text": "to many"}, expect=(201, 202))
        self.assertIn("ack", sent)
        wait_until(lambda: self.counters().get("phone_decrypted_messages", 0) - opened == 257, 60, "the message at all 257 phones", self.counters)
        self.assertEqual(self.counters()["group_keys"] - keys, 257)
        session.send(group, "again")
        wait_until(lambda: self.counters().get("phone_decrypted_messages", 0) - opened == 2 * 257, 60, "the second at all 257 phones", self.counters)
        self.assertEqual(self.counters()["group_keys"] - keys, 257)
        self.assertEqual(self.counters().get("phone_missing_sender_keys", 0), 0)
        self.assert_no_mistakes()


class GroupLifeTest(GroupCase):
    def groups(self, session, path="", method="GET", body=None, expect=(200, 201)):
        return session.api.call(method, f"/api/{session.name}/groups{path}", body, expect=expect)

    def test_a_group_is_made_changed_and_left(self):
        session, owner = self.new_paired()
        ann, ben = self.sandbox.account(), self.sandbox.account()
        made = self.groups(session, "", "POST", {"name": "Hiking", "participants": [{"id": ann.chat_id}]})
        group = made["id"]
        self.assertEqual(made["subject"], "Hiking")
        self.assertEqual(self.members(group), {owner.phone: "superadmin", ann.phone: "member"})
        path = f"/{group}"

        results = self.groups(session, path + "/participants/add", "POST", {"participants": [{"id": ben.chat_id}, {"id": ann.chat_id}]})
        self.assertEqual(sorted(entry["status"] for entry in results), [200, 409])
        self.groups(session, path + "/admin/promote", "POST", {"participants": [{"id": ben.chat_id}]})
        self.assertEqual(self.members(group)[ben.phone], "admin")
        roles = {entry["pn"]: entry["role"] for entry in self.groups(session, path + "/participants/v2")}
        self.assertEqual(roles, {owner.chat_id: "superadmin", ann.chat_id: "participant", ben.chat_id: "admin"})
        self.groups(session, path + "/admin/demote", "POST", {"participants": [{"id": ben.chat_id}]})
        self.groups(session, path + "/participants/remove", "POST", {"participants": [{"id": ben.chat_id}]})
        self.assertNotIn(ben.phone, self.members(group))

        self.groups(session, path + "/subject", "PUT", {"subject": "Climbing"})
        self.groups(session, path + "/description", "PUT", {"description": "Every Sunday"})
        self.groups(session, path + "/description", "PUT", {"description": "Every Monday"})
        self.groups(session, path + "/settings/security/info-admin-only", "PUT", {"adminsOnly": True})
        self.groups(session, path + "/settings/security/messages-admin-only", "PUT", {"adminsOnly": True})
        state = self.state(group)
        self.assertEqual((state["subject"], state["description"], state["locked"], state["announce"]), ("Climbing", "Every Monday", True, True))
        shown = self.groups(session, path)
        self.assertEqual((shown["subject"], shown["description"], shown["membersCanSendMessages"]), ("Climbing", "Every Monday", False))
        self.assertEqual(self.groups(session, path + "/settings/security/info-admin-only"), {"adminsOnly": True})
        self.assertEqual([entry["id"] for entry in self.groups(session)], [group])
        self.assertEqual(self.groups(session, "/count"), {"count": 1})
        self.groups(session, "/refresh", "POST")
        self.assertEqual(self.groups(session, path)["subject"], "Climbing")

        self.groups(session, path + "/leave", "POST")
        self.assertNotIn(owner.phone, self.members(group))
        self.assertEqual(self.groups(session), [])
        self.assertEqual(self.groups(session, "/count"), {"count": 0})

    def test_an_invitation_lets_others_join(self):
        session, owner = self.new_paired()
        other_session, other = self.new_paired()
        group = self.group(owner, subject="Open house")
        code = self.groups(session, f"/{group}/invite-code")
        link = f"https://chat.whatsapp.com/{code}"
        self.assertEqual(self.groups(other_session, f"/join-info?code={link}")["subject"], "Open house")
        self.assertEqual(self.groups(other_session, "/join", "POST", {"code": link}), {"id": group})
        self.assertIn(other.phone, self.members(group))
        other_session.send(group, "here I am")
        session.wait_message("here I am")
        renewed = self.groups(session, f"/{group}/invite-code/revoke", "POST")
        self.assertNotEqual(renewed, code)
        refused = other_session.api.request("GET", f"/api/{other_session.name}/groups/join-info?code={code}")
        self.assertEqual(refused.status, 422, refused)

    def test_joining_waits_for_approval_where_it_is_needed(self):
        session, owner = self.new_paired()
        _, admin = self.new_paired()
        group = self.group(admin, approval=True)
        code = self.state(group)["inviteCode"]
        self.assertEqual(self.groups(session, "/join", "POST", {"code": code}), {"id": group, "approvalRequired": True})
        self.assertEqual(self.state(group)["requests"], [owner.phone])

    def test_who_does_not_want_to_be_added_is_invited(self):
        session, owner = self.new_paired()
        shy = self.sandbox.account(onlyInvited=True)
        group = self.group(owner)
        results = self.groups(session, f"/{group}/participants/add", "POST", {"participants": [{"id": shy.chat_id}]})
        self.assertEqual(results[0]["status"], 403)
        self.assertTrue(results[0]["invite"]["code"])

    def test_changes_by_others_are_seen(self):
        session, owner = self.new_paired()
        admin, late = self.sandbox.account(), self.sandbox.account()
        group = self.group(admin, [owner], subject="Before")
        self.assertEqual(self.groups(session, f"/{group}")["subject"], "Before")
        self.sandbox.api.patch(f"/control/groups/{group}", {"subject": "After", "announce": True})
        self.change(group, "add", late)
        wait_until(lambda: self.groups(session, f"/{group}")["subject"] == "After", 20, "the new subject")
        wait_until(lambda: len(self.groups(session, f"/{group}/participants")) == 3, 20, "the new member")
        self.assertFalse(self.groups(session, f"/{group}")["membersCanSendMessages"])

    def test_bad_input_is_refused(self):
        session, owner = self.new_paired()
        group = self.group(owner)
        base = f"/api/{session.name}/groups"
        for method, path, body in (
                ("POST", "", {"participants": []}),
                ("POST", "", {"name": "", "participants": []}),
                ("POST", "", {"name": "x", "participants": [{"id": "not a number"}]}),
                ("PUT", f"/{group}/subject", {"subject": ""}),
                ("PUT", "/12@c.us/subject", {"subject": "x"}),
                ("POST", f"/{group}/participants/add", {"participants": []}),
                ("PUT", f"/{group}/settings/security/info-admin-only", {"adminsOnly": "yes"}),
                ("GET", "/join-info", None),
                ("GET", "?limit=-1", None)):
            answer = session.api.request(method, base + path, body)
            self.assertEqual(answer.status, 400, (method, path, str(answer)))
        self.assertEqual(self.state(group)["subject"], "Group")
        unknown = session.api.request("GET", base + "/120363999999999999@g.us")
        self.assertEqual((unknown.status, unknown.json()["code"]), (422, 404))


class MemberLabelsTest(GroupCase):
    def shown(self, session, group: str) -> dict[str, str]:
        members = session.api.get(f"/api/{session.name}/groups/{group}/participants/v2")
        return {member["pn"]: member["label"] for member in members if "label" in member}

    def test_what_members_call_themselves_is_told_and_shown_both_ways(self):
        session, owner = self.new_paired(events=["session.status", "engine.event", "message.any"])
        friend = self.sandbox.account()
        group = self.group(owner, [friend])
        since = self.hooks.mark()
        self.sandbox.api.put(f"/control/groups/{group}/label", {"by": friend.phone, "label": "Cook"}, expect=200)
        told = self.hooks.wait("engine.event", lambda delivery: delivery.payload["event"] == "GroupMembers" and delivery.payload["data"]["type"] == "label",
                               20, session.name, since).payload["data"]
        self.assertEqual((told["group"]["id"], told["participants"][0]["pn"], told["participants"][0]["label"]), (group, friend.chat_id, "Cook"))
        self.assertEqual(self.shown(session, group), {friend.chat_id: "Cook"})

        path = f"/api/v1/{session.name}/groups/{group}/label"
        session.api.put(path, {"label": "Navigator"}, expect=200)
        wait_until(lambda: {member["phone"]: member["label"] for member in self.state(group)["members"]}[owner.phone] == "Navigator", 20,
                   "the label at the friend's phone", lambda: self.state(group))
        self.assertEqual(self.shown(session, group), {friend.chat_id: "Cook", owner.chat_id: "Navigator"})
        self.sandbox.api.put(f"/control/groups/{group}/label", {"by": friend.phone, "label": ""}, expect=200)
        wait_until(lambda: self.shown(session, group) == {owner.chat_id: "Navigator"}, 20, "the friend without a label", lambda: self.shown(session, group))
        for wrong in ({"label": "x" * 31}, {}, {"label": 1}):
            self.assertEqual(session.api.request("PUT", path, wrong).status, 400, wrong)
        self.assertEqual(session.api.request("PUT", f"/api/v1/{session.name}/groups/4915100000000@c.us/label", {"label": "x"}).status, 400)
        messages = session.api.get(f"/api/{session.name}/chats/{group}/messages?limit=10&downloadMedia=false")
        self.assertEqual(messages, [], "nobody sees a message")
        self.assert_no_mistakes()


if __name__ == "__main__":
    main()
