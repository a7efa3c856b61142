"""Coming into groups: invitations by message, requests to join, settings from the beginning, communities."""

from test_groups import GroupCase  # first: it knows where the harness is
from harness import main, wait_until


def people(*accounts) -> dict:
    return {"participants": [{"id": account.chat_id} for account in accounts]}


class JoiningCase(GroupCase):
    def own(self, session, path: str, method: str = "GET", body=None, expect=200):
        """A route of /api/v1."""
        return session.api.call(method, f"/api/v1/{session.name}{path}", body, expect=expect)

    def refused(self, session, path: str, method: str, body, code: int):
        answer = session.api.request(method, f"/api/v1/{session.name}{path}", body)
        self.assertEqual((answer.status, answer.json()["code"]), (422, code), answer)

    def told(self, session, event: str, since: int, wanted=lambda payload: True) -> dict:
        return self.hooks.wait(event, lambda delivery: wanted(delivery.payload), 20, session.name, since, path=session.endpoint).payload

    def invite_of(self, session, group: str, account) -> dict:
        """Code and end of an invitation, as adding somebody brings it who does not want that."""
        result = session.api.post(f"/api/{session.name}/groups/{group}/participants/add", people(account), expect=(200, 201))[0]
        self.assertEqual(result["status"], 403)
        return result["invite"]


class InvitationsTest(JoiningCase):
    def test_a_phone_is_invited_by_a_message_and_comes(self):
        session, owner = self.new_paired()
        shy = self.sandbox.account(onlyInvited=True)
        group = self.group(owner, subject="Hiking")
        invite = self.invite_of(session, group, shy)
        since = self.hooks.mark()
        sent = self.own(session, f"/groups/{group}/invitations", "POST", {"chatId": shy.chat_id, "caption": "Come along", **invite}, 201)
        self.assertEqual(sent["_data"]["groupInvite"], {"id": group, "name": "Hiking", "code": invite["code"], "expiresAt": invite["expiration"]})
        got = shy.message(lambda entry: "invitation" in entry, what="the invitation")
        self.assertEqual((got["text"], got["invitation"]), ("Come along", {"group": group, "name": "Hiking", "code": invite["code"],
                                                                          "expiration": invite["expiration"], "community": False}))
        wrong = self.sandbox.api.request("POST", "/control/groups/join", {"phone": shy.phone, "group": group, "inviter": owner.phone, "code": "other"})
        self.assertEqual(wrong.status, 410, wrong)
        self.sandbox.api.post("/control/groups/join", {"phone": shy.phone, "group": group, "inviter": owner.phone, "code": invite["code"]})
        self.assertIn(shy.phone, self.members(group))
        self.assertEqual(self.state(group)["invitations"], [])
        self.told(session, "group.v2.participants", since, lambda payload: payload["type"] == "join" and payload["participants"][0]["pn"] == shy.chat_id)

    def test_a_session_looks_at_an_invitation_and_follows_it(self):
        session, owner = self.new_paired()
        other, shy = self.new_paired(phone={"onlyInvited": True})
        group = self.group(owner, subject="Climbing")
        invite = self.invite_of(session, group, shy)
        self.own(session, f"/groups/{group}/invitations", "POST", {"chatId": shy.chat_id, "caption": "Up there", **invite}, 201)
        got = other.wait_message("Up there").payload
        told = got["_data"]["groupInvite"]
        self.assertEqual((told["id"], told["code"], told["expiresAt"]), (group, invite["code"], invite["expiration"]))
        brought = {"code": told["code"], "expiration": told["expiresAt"], "inviter": got["from"]}

        path = f"/groups/{group}/invitations"
        shown = self.own(other, f"{path}/info?code={brought['code']}&expiration={brought['expiration']}&inviter={brought['inviter']}")
        self.assertEqual((shown["id"], shown["subject"]), (group, "Climbing"))
        self.assertNotIn(shy.phone, self.members(group))
        self.refused(other, path + "/accept", "POST", {**brought, "code": "not this one"}, 410)
        self.refused(other, path + "/accept", "POST", {**brought, "expiration": brought["expiration"] + 1}, 410)
        self.refused(other, path + "/accept", "POST", {**brought, "inviter": self.sandbox.account().chat_id}, 410)
        since = self.hooks.mark()
        self.assertEqual(self.own(other, path + "/accept", "POST", brought), {"id": group})
        self.assertIn(shy.phone, self.members(group))
        self.assertEqual(self.told(other, "group.v2.join", since)["group"]["subject"], "Climbing")
        self.told(session, "group.v2.participants", since, lambda payload: payload["type"] == "join")
        self.refused(other, path + "/accept", "POST", brought, 409)
        other.send(group, "thank you")
        session.wait_message("thank you")
        self.assertEqual(len(self.hooks.deliveries("group.v2.join", other.name, since)), 1)
        self.assert_no_mistakes()

    def test_an_invitation_is_taken_back(self):
        session, owner = self.new_paired()
        other, shy = self.new_paired(phone={"onlyInvited": True})
        group = self.group(owner)
        invite = self.invite_of(session, group, shy)
        path = f"/groups/{group}/invitations"
        revoked = self.own(session, path + "/revoke", "POST", people(shy, self.sandbox.account()))
        self.assertEqual([entry["status"] for entry in revoked], [200, 404])
        brought = {**invite, "inviter": owner.chat_id}
        self.refused(other, path + "/accept", "POST", brought, 410)
        self.refused(other, f"{path}/info?code={invite['code']}&expiration={invite['expiration']}&inviter={owner.chat_id}", "GET", None, 410)
        self.assertNotIn(shy.phone, self.members(group))

    def test_who_is_no_admin_any_more_invites_nobody(self):
        session, owner = self.new_paired()
        other, shy = self.new_paired(phone={"onlyInvited": True})
        group = self.group(owner)
        invite = self.invite_of(session, group, shy)
        session.api.post(f"/api/{session.name}/groups/{group}/leave", expect=(200, 201))
        self.refused(other, f"/groups/{group}/invitations/accept", "POST", {**invite, "inviter": owner.chat_id}, 410)

    def test_bad_input_is_refused_and_changes_nothing(self):
        session, owner = self.new_paired()
        friend = self.sandbox.account()
        group = self.group(owner)
        invite = {"code": "Code", "expiration": 1900000000}
        path = f"/groups/{group}/invitations"
        for method, where, body in (
                ("POST", path, {"chatId": group, **invite}),
                ("POST", path, {"chatId": friend.chat_id, "code": "", "expiration": 1}),
                ("POST", path, {"chatId": friend.chat_id, "code": "Code"}),
                ("POST", path, {"chatId": friend.chat_id, "code": "Code", "expiration": 0}),
                ("POST", f"/groups/{friend.chat_id}/invitations", {"chatId": friend.chat_id, **invite}),
                ("POST", path + "/accept", invite),
                ("POST", path + "/accept", {**invite, "inviter": "nobody"}),
                ("POST", path + "/revoke", {"participants": []}),
                ("GET", path + "/info?code=Code&expiration=1900000000", None),
                ("GET", path + f"/info?code=Code&expiration=soon&inviter={friend.chat_id}", None)):
            answer = session.api.request(method, f"/api/v1/{session.name}{where}", body)
            self.assertEqual(answer.status, 400, (method, where, body, str(answer)))
        self.assertEqual(friend.messages(), [])
        self.refused(session, "/groups/120363999999999999@g.us/invitations", "POST", {"chatId": friend.chat_id, **invite}, 404)

    def test_who_has_written_is_added_with_the_token_that_it_gave(self):
        session, owner = self.new_paired()
        other, friend = self.new_paired()
        other.send(owner.chat_id, "hello")
        session.wait_message("hello")
        group = self.group(owner)

        def added() -> bool:
            """The token comes some time after the message."""
            session.api.post(f"/api/{session.name}/groups/{group}/participants/add", people(friend), expect=(200, 201))
            if self.counters().get("group_tokens", 0):
                return True
            session.api.post(f"/api/{session.name}/groups/{group}/participants/remove", people(friend), expect=(200, 201))
            return False

        wait_until(added, 20, "the token with who is added", self.counters)
        before = self.counters()["group_tokens"]
        session.api.post(f"/api/{session.name}/groups", {"name": "With a token", **people(friend)}, expect=201)
        self.assertEqual(self.counters()["group_tokens"], before + 1)
        self.assertEqual(self.counters().get("group_tokens_wrong", 0), 0)


class RequestsTest(JoiningCase):
    def test_requests_are_told_listed_approved_and_rejected(self):
        session, owner = self.new_paired()
        ann, ben, carla = (self.sandbox.account() for _ in range(3))
        group = self.group(owner, approval=True)
        code = self.state(group)["inviteCode"]
        since = self.hooks.mark()
        for account in (ann, ben, carla):
            asked = self.sandbox.api.post("/control/groups/join", {"phone": account.phone, "code": code})
            self.assertEqual(asked, {"joined": False})
            told = self.told(session, "group.request", since, lambda payload: payload["participants"][0]["pn"] == account.chat_id)
            self.assertEqual((told["group"]["id"], told["type"], told["method"]), (group, "created", "invite_link"))
        waiting = self.own(session, f"/groups/{group}/requests")
        self.assertEqual([entry["pn"] for entry in waiting], [account.chat_id for account in (ann, ben, carla)])
        self.assertTrue(all(entry["timestamp"] > 1_600_000_000 and entry["id"].endswith("@lid") for entry in waiting))

        approved = self.own(session, f"/groups/{group}/requests/approve", "POST", people(ann))
        self.assertEqual([(entry["pn"], entry["status"]) for entry in approved], [(ann.chat_id, 200)])
        self.assertIn(ann.phone, self.members(group))
        joined = self.told(session, "group.v2.participants", since, lambda payload: payload["type"] == "join")
        self.assertEqual(joined["participants"][0]["pn"], ann.chat_id)
        self.assertIn(ann.chat_id, [entry["pn"] for entry in session.api.get(f"/api/{session.name}/groups/{group}/participants/v2")])

        rejected = self.own(session, f"/groups/{group}/requests/reject", "POST", people(ben))
        self.assertEqual(rejected[0]["status"], 200)
        told = self.told(session, "group.request", since, lambda payload: payload["type"] == "rejected")
        self.assertEqual(told["participants"][0]["pn"], ben.chat_id)
        self.sandbox.api.post("/control/groups/join", {"phone": carla.phone, "code": code, "withdraw": True})
        told = self.told(session, "group.request", since, lambda payload: payload["type"] == "revoked")
        self.assertEqual(told["participants"][0]["pn"], carla.chat_id)
        self.assertEqual(self.own(session, f"/groups/{group}/requests"), [])
        self.assertEqual(set(self.members(group)), {owner.phone, ann.phone})
        again = self.own(session, f"/groups/{group}/requests/reject", "POST", people(ben))
        self.assertEqual(again[0]["status"], 404)

    def test_who_is_let_in_writes(self):
        session, owner = self.new_paired()
        other, asker = self.new_paired()
        group = self.group(owner, approval=True)
        other.api.post(f"/api/{other.name}/groups/join", {"code": self.state(group)["inviteCode"]}, expect=(200, 201))
        since = self.hooks.mark()
        self.own(session, f"/groups/{group}/requests/approve", "POST", people(asker))
        self.told(other, "group.v2.join", since)
        session.send(group, "welcome")
        other.wait_message("welcome")
        other.send(group, "here I am")
        session.wait_message("here I am")
        self.assert_no_mistakes()

    def test_only_admins_know_of_requests(self):
        session, owner = self.new_paired()
        admin, asker = self.sandbox.account(), self.sandbox.account()
        group = self.group(admin, [owner], approval=True)
        self.sandbox.api.post("/control/groups/join", {"phone": asker.phone, "code": self.state(group)["inviteCode"]})
        self.refused(session, f"/groups/{group}/requests", "GET", None, 403)
        self.refused(session, f"/groups/{group}/requests/approve", "POST", people(asker), 403)
        self.assertEqual(self.hooks.deliveries("group.request", session.name), [])


class SettingsTest(JoiningCase):
    def test_a_group_is_made_with_its_settings(self):
        session, owner = self.new_paired()
        made = session.api.post(f"/api/{session.name}/groups", {
            "name": "Quiet", **people(self.sandbox.account()), "messagesAdminsOnly": True, "infoAdminsOnly": True, "membersCanAdd": False,
            "approvalRequired": True, "ephemeralSeconds": 86400}, expect=201)
        state = self.state(made["id"])
        self.assertEqual([state[name] for name in ("announce", "locked", "membersCanAdd", "approval", "expiration")], [True, True, False, True, 86400])
        for shown in (made, session.api.get(f"/api/{session.name}/groups/{made['id']}")):
            self.assertEqual([shown[name] for name in ("membersCanSendMessages", "infoAdminsOnly", "membersCanAddNewMember",
                                                       "newMembersApprovalRequired", "ephemeralSeconds")], [False, True, False, True, 86400])
        plain = self.state(session.api.post(f"/api/{session.name}/groups", {"name": "Loud", "participants": []}, expect=201)["id"])
        self.assertEqual([plain[name] for name in ("announce", "locked", "membersCanAdd", "approval", "expiration")], [False, False, True, False, 0])
        for wrong in ({"messagesAdminsOnly": "yes"}, {"ephemeralSeconds": -1}, {"ephemeralSeconds": 7776001}, {"community": "4915100000000@c.us"}):
            answer = session.api.request("POST", f"/api/{session.name}/groups", {"name": "Wrong", "participants": [], **wrong})
            self.assertEqual(answer.status, 400, (wrong, str(answer)))
        self.assertNotIn("Wrong", [group["subject"] for group in self.sandbox.api.get("/control/groups")])

    def test_who_adds_approval_and_timer_are_changed_and_told(self):
        session, owner = self.new_paired()
        other, member = self.new_paired()
        group = self.group(owner, [member])
        other.api.get(f"/api/{other.name}/groups/{group}")
        since = self.hooks.mark()
        self.own(session, f"/groups/{group}/settings", "PUT", {"membersCanAdd": False, "approvalRequired": True, "ephemeralSeconds": 604800})
        state = self.state(group)
        self.assertEqual((state["membersCanAdd"], state["approval"], state["expiration"]), (False, True, 604800))
        for reader in (session, other):
            self.told(reader, "group.v2.update", since, lambda payload: payload["group"].get("membersCanAddNewMember") is False)
            self.told(reader, "group.v2.update", since, lambda payload: payload["group"].get("newMembersApprovalRequired") is True)
            self.told(reader, "group.v2.update", since, lambda payload: payload["_data"].get("expiration") == 604800)
        late = self.sandbox.account()
        refused = other.api.request("POST", f"/api/{other.name}/groups/{group}/participants/add", people(late))
        self.assertEqual((refused.status, refused.json()["code"]), (422, 403))
        self.own(session, f"/groups/{group}/settings", "PUT", {"membersCanAdd": True, "approvalRequired": False, "ephemeralSeconds": 0})
        self.assertEqual(other.api.post(f"/api/{other.name}/groups/{group}/participants/add", people(late), expect=(200, 201))[0]["status"], 200)
        state = self.state(group)
        self.assertEqual((state["membersCanAdd"], state["approval"], state["expiration"]), (True, False, 0))
        for wrong in ({}, {"membersCanAdd": "no"}, {"ephemeralSeconds": 7776001}):
            self.own(session, f"/groups/{group}/settings", "PUT", wrong, 400)

    def test_a_new_code_and_a_suspension_are_told(self):
        session, owner = self.new_paired()
        other, member = self.new_paired()
        group = self.group(owner, [member])
        other.api.get(f"/api/{other.name}/groups/{group}")
        since = self.hooks.mark()
        code = session.api.post(f"/api/{session.name}/groups/{group}/invite-code/revoke", expect=(200, 201))
        for reader in (session, other):
            told = self.told(reader, "group.v2.update", since, lambda payload: "invite" in payload["group"])
            self.assertEqual(told["group"]["invite"], f"https://chat.whatsapp.com/{code}")
        for suspended in (True, False):
            self.sandbox.api.patch(f"/control/groups/{group}", {"suspended": suspended})
            self.told(other, "group.v2.update", since, lambda payload: payload["_data"].get("suspended") is suspended)
            self.assertIs(other.api.get(f"/api/{other.name}/groups/{group}")["suspended"], suspended)


class CommunitiesTest(JoiningCase):
    def community(self, session, *members) -> str:
        made = self.own(session, "/communities", "POST", {"name": "Neighbours", "description": "Of one street", **people(*members)}, 201)
        self.assertTrue(made["isCommunity"])
        return made["id"]

    def links(self, session, since: int, linked: bool) -> list[tuple]:
        """What both sides of a link were told: (group, type, id)."""
        found = [(delivery.payload["group"]["id"], link["type"], link["id"]) for delivery in self.hooks.deliveries("group.v2.update", session.name, since)
                 for link in delivery.payload["_data"].get("links", []) if link["linked"] is linked]
        return sorted(found)

    def test_groups_come_into_a_community_and_go(self):
        session, owner = self.new_paired()
        other, neighbour = self.new_paired()
        community = self.community(session, neighbour)
        listed = self.own(session, f"/communities/{community}/groups")
        self.assertEqual([(entry["subject"], entry["isAnnouncementGroup"]) for entry in listed], [("Neighbours", True)])
        group = self.group(owner, [neighbour], subject="Garden")
        for reader in (session, other):
            reader.api.get(f"/api/{reader.name}/groups/{group}")
            reader.api.get(f"/api/{reader.name}/groups/{community}")

        both = sorted([(community, "group", group), (group, "community", community)])
        path = f"/communities/{community}/groups/{group}"
        for linked, method in ((True, "PUT"), (False, "DELETE")):
            since = self.hooks.mark()
            self.own(session, path, method)
            self.assertEqual(self.state(group)["parent"], community if linked else None)
            listed = {entry["id"] for entry in self.own(session, f"/communities/{community}/groups")}
            self.assertIs(group in listed, linked)
            for reader in (session, other):
                wait_until(lambda: self.links(reader, since, linked) == both, 20, f"the link at {reader.name}", lambda: self.links(reader, since, linked))
                self.assertEqual(reader.api.get(f"/api/{reader.name}/groups/{group}")["community"], community if linked else None)
        self.refused(other, path, "PUT", None, 403)
        since = self.hooks.mark()
        made = session.api.post(f"/api/{session.name}/groups", {"name": "Cellar", **people(neighbour), "community": community}, expect=201)
        for reader in (session, other):
            told = self.told(reader, "group.v2.update", since, lambda payload: payload["group"]["id"] == community)
            self.assertEqual(told["_data"]["links"], [{"id": made["id"], "type": "group", "subject": "Cellar", "linked": True}])
        self.assertEqual((made["community"], self.state(made["id"])["parent"]), (community, community))
        self.assertIn(made["id"], [entry["id"] for entry in self.own(session, f"/communities/{community}/groups")])

    def test_people_of_all_groups_are_listed_and_removed_from_all(self):
        session, owner = self.new_paired()
        ann, ben = self.sandbox.account(), self.sandbox.account()
        community = self.community(session, ann)
        group = session.api.post(f"/api/{session.name}/groups", {"name": "Garden", **people(ann, ben), "community": community}, expect=201)["id"]
        listed = self.own(session, f"/communities/{community}/participants")
        self.assertEqual({entry["pn"] for entry in listed}, {owner.chat_id, ann.chat_id, ben.chat_id})
        self.assertTrue(all(entry["id"].endswith("@lid") for entry in listed))

        stranger = self.sandbox.account()
        since = self.hooks.mark()
        results = self.own(session, f"/communities/{community}/participants/remove", "POST", people(ann, stranger))
        self.assertEqual([entry["status"] for entry in results], [200, 404])
        for place in (community, group):
            self.assertNotIn(ann.phone, self.members(place))
            self.told(session, "group.v2.participants", since, lambda payload: payload["group"]["id"] == place and payload["type"] == "leave"
                      and payload["participants"][0]["pn"] == ann.chat_id)
        self.assertIn(ben.phone, self.members(group))
        listed = self.own(session, f"/communities/{community}/participants")
        self.assertEqual({entry["pn"] for entry in listed}, {owner.chat_id, ben.chat_id})
        self.refused(session, f"/communities/{group}/participants", "GET", None, 400)
        self.refused(session, f"/communities/{group}/participants/remove", "POST", people(ben), 400)
        self.own(session, f"/communities/{community}/participants/remove", "POST", {"participants": []}, 400)

    def test_joining_a_community_needs_an_approval(self):
        session, owner = self.new_paired()
        asker = self.sandbox.account()
        community = self.community(session)
        self.own(session, f"/communities/{community}/settings", "PUT", {"approvalRequired": True})
        self.assertTrue(self.state(community)["approval"])
        session.api.post(f"/api/{session.name}/groups/refresh", expect=(200, 201))
        self.assertTrue(session.api.get(f"/api/{session.name}/groups/{community}")["newMembersApprovalRequired"])
        self.sandbox.api.post("/control/groups/join", {"phone": asker.phone, "code": self.state(community)["inviteCode"]})
        self.assertEqual([entry["pn"] for entry in self.own(session, f"/groups/{community}/requests")], [asker.chat_id])
        self.own(session, f"/groups/{community}/requests/approve", "POST", people(asker))
        self.assertIn(asker.phone, self.members(community))
        self.own(session, f"/communities/{community}/settings", "PUT", {"approvalRequired": False})
        self.assertFalse(self.state(community)["approval"])
        for wrong in ({}, {"approvalRequired": "yes"}):
            self.own(session, f"/communities/{community}/settings", "PUT", wrong, 400)


if __name__ == "__main__":
    main()
