"""Groups with members of all kinds: Baileys, whatsmeow, phones, and the gateway."""

from mixed_groups import ForeignGroups, MixedGroups  # first: it finds the harness
from harness import main


class GroupBehaviours:
    """Of a ForeignGroups case, with or without the gateway."""

    def turns(self):
        """(who acts, whom it concerns, who else is there), each client in each place."""
        for i, maker in enumerate(self.clients):
            others = self.clients[i + 1:] + self.clients[:i]
            yield maker, others[0], others[1:]

    def test_everybody_in_a_group_reads_everybody(self):
        for maker in self.clients:
            with self.subTest(maker):
                phone = self.sandbox.account()
                group = self.create_with_all(maker, f"of {maker}", phone)
                self.all_talk(group, f"first of {maker}", phones=[phone])
                self.all_talk(group, f"second of {maker}", phones=[phone])

    def test_who_is_removed_reads_no_more_and_who_is_added_reads_on(self):
        for maker, removed, others in self.turns():
            with self.subTest(maker):
                phone = self.sandbox.account()
                group = self.create_with_all(maker, f"changing, of {maker}", phone)
                self.all_talk(group, f"before, by {maker}", phones=[phone])
                self.change(maker, group, "remove", self.accounts[removed])
                for other in others:
                    self.wait_change(other, group, "remove", self.accounts[removed])
                self.all_talk(group, f"without {removed}", (maker, *others), [phone])
                self.change(maker, group, "add", self.accounts[removed])
                for other in others:
                    self.wait_change(other, group, "add", self.accounts[removed])
                self.all_talk(group, f"with {removed} again", phones=[phone])
                self.assertFalse([text for text in self.texts(removed) if text and f"without {removed}" in text])

    def test_admins_are_made_and_unmade(self):
        for maker, other, _ in self.turns():
            with self.subTest(maker):
                group = self.create_with_all(maker, f"ranks of {maker}")
                self.all_talk(group, f"ranks of {maker}")
                for action in ("promote", "demote"):
                    self.change(maker, group, action, self.accounts[other])
                    for reader in self.clients:
                        if reader != maker:
                            self.wait_change(reader, group, action, self.accounts[other])

    def test_an_invitation_is_followed(self):
        for maker, guest, _ in self.turns():
            with self.subTest(maker):
                phone = self.sandbox.account()
                group = self.create(maker, f"guests of {maker}", [phone])
                self.join(guest, self.invite_code(maker, group))
                self.wait_change(maker, group, "add", self.accounts[guest])
                self.all_talk(group, f"invited by {maker}", (maker, guest), [phone])

    def test_who_does_not_want_to_be_added_is_invited_by_a_message(self):
        for maker, guest, _ in self.turns():
            with self.subTest(maker):
                phone, invited = self.sandbox.account(), self.accounts[guest]
                group = self.create(maker, f"shy guests of {maker}", [phone])
                invited.patch(onlyInvited=True)
                try:
                    invite = self.add_refused(maker, group, invited)
                    self.invite(maker, group, invited, invite, f"{maker} invites {guest}")
                    brought = self.read_invitation(guest, f"{maker} invites {guest}")
                    self.assertEqual((brought["group"], brought["code"], brought["expiration"]), (group, invite["code"], invite["expiration"]))
                    self.accept(guest, brought)
                finally:
                    invited.patch(onlyInvited=False)
                self.wait_change(maker, group, "add", invited)
                self.all_talk(group, f"by a message of {maker}", (maker, guest), [phone])

    def test_a_member_that_is_away_reads_later(self):
        writer = self.clients[0]
        group = self.create_with_all(writer, "patience")
        self.all_talk(group, "all there")
        for who in ("ben", "gopher"):
            if who == writer:
                continue
            with self.subTest(who):
                client = getattr(self, who)
                client.close()
                self.accounts[who].wait_connected(0)
                self.write(writer, group, f"while {who} is away")
                client.reopen()
                self.read(who, f"while {who} is away", group, writer)


class ForeignGroupsTest(GroupBehaviours, ForeignGroups):
    pass


class MixedGroupsTest(GroupBehaviours, MixedGroups):
    def test_the_gateway_makes_a_new_key_when_a_member_goes(self):
        phone = self.sandbox.account()
        group = self.create_with_all("alice", "keys", phone)
        self.all_talk(group, "one")
        self.write("alice", group, "with the key that all have")
        for reader in ("ben", "gopher"):
            self.assertEqual(self.read(reader, "with the key that all have", group, "alice")["encryption"], ["skmsg"])
        self.change("alice", group, "remove", phone)
        self.write("alice", group, "with a new key")
        for reader in ("ben", "gopher"):
            self.assertIn("msg", self.read(reader, "with a new key", group, "alice")["encryption"])

    def test_an_invitation_that_baileys_takes_back_leads_nowhere(self):
        invited = self.accounts["alice"]
        group = self.create("ben", "not any more", [self.sandbox.account()])
        invited.patch(onlyInvited=True)
        self.addCleanup(invited.patch, onlyInvited=False)
        invite = self.add_refused("ben", group, invited)
        self.invite("ben", group, invited, invite, "come soon")
        brought = self.read_invitation("alice", "come soon")
        self.assertTrue(self.ben.call("groupRevokeInviteV4", group, invited.pn_jid))
        named = {key: brought[key] for key in ("code", "expiration", "inviter")}
        refused = self.session.api.request("POST", f"/api/v1/alice/groups/{group}/invitations/accept", named)
        self.assertEqual((refused.status, refused.json()["code"]), (422, 410), refused)

    def test_a_community_looks_the_same_to_all(self):
        everybody = {"participants": [{"id": self.accounts[who].chat_id} for who in ("ben", "gopher")]}
        community = self.session.api.post("/api/v1/alice/communities", {"name": "Neighbours", **everybody}, expect=201)["id"]
        late = self.sandbox.account()
        group = self.create_with_all("alice", "garden", late)
        self.session.api.put(f"/api/v1/alice/communities/{community}/groups/{group}", expect=200)
        self.gopher.wait_raw("GroupInfo", lambda data: data["JID"] == community and data["Link"] and data["Link"]["Group"]["JID"] == group,
                             since=self.marks["gopher"])
        self.gopher.wait_raw("GroupInfo", lambda data: data["JID"] == group and data["Link"] and data["Link"]["Group"]["JID"] == community,
                             since=self.marks["gopher"])
        shown = {entry["id"] for entry in self.session.api.get(f"/api/v1/alice/communities/{community}/groups")}
        self.assertIn(group, shown)
        self.assertEqual({entry["JID"] for entry in self.gopher.call("GetSubGroups", community)}, shown)
        self.assertEqual({entry["id"] for entry in self.ben.call("communityFetchLinkedGroups", community)["linkedGroups"]}, shown)
        people = {entry["id"] for entry in self.session.api.get(f"/api/v1/alice/communities/{community}/participants")}
        self.assertEqual(set(self.gopher.call("GetLinkedGroupsParticipants", community)), people)
        for account in (late, *self.accounts.values()):
            self.assertIn(account.lid_jid, people)
        self.session.api.delete(f"/api/v1/alice/communities/{community}/groups/{group}", expect=200)
        self.gopher.wait_raw("GroupInfo", lambda data: data["JID"] == group and data["Unlink"], since=self.marks["gopher"])

    def test_a_stopped_session_reads_later(self):
        group = self.create_with_all("ben", "patience")
        self.all_talk(group, "everybody there")
        self.session.do("stop")
        self.accounts["alice"].wait_connected(0)
        self.write("ben", group, "while alice is away")
        self.session.do("start")
        self.read("alice", "while alice is away", group, "ben")

    def test_large_groups_reach_everybody(self):
        phones = [self.sandbox.account() for _ in range(254)]
        for size in (50, 257):
            with self.subTest(size):
                members = phones[:size - 3]
                group = self.create_with_all("alice", f"of {size}", *members)
                self.all_talk(group, f"to all {size}", phones=members)


if __name__ == "__main__":
    main()
