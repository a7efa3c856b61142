#include "protocol/stanza/groups.hpp"

#include "protocol/engine/group_changes.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

namespace {

Jid const hikers{"120363000000000001", JidServer::group};
Jid const ann = Jid::hidden("100");
Jid const ben = Jid::hidden("200");
Jid const ann_phone = Jid::phone("4915100");

Node participant(Jid const& jid, std::string_view type = {})
{
    Node node{"participant"};
    node.set("jid", jid);
    if (!type.empty()) node.set("type", type);
    return node;
}

Node group_node()
{
    Node group{"group"};
    group.set("id", hikers.user)
        .set("subject", "Hiking")
        .set("s_t", std::int64_t{1'700'000'000})
        .set("s_o", ann);
    group.set("creation", std::int64_t{1'600'000'000}).set("creator", ann).set("creator_pn", ann_phone);
    group.set("addressing_mode", "lid");
    group.add(participant(ann, "superadmin").set("phone_number", ann_phone));
    group.add(participant(ben));
    Node description{"description"};
    description.set("id", "D1").set("participant", ben).set("t", std::int64_t{1'700'000'001});
    description.add(Node{"body"}.with_bytes(to_bytes("Every Sunday")));
    group.add(std::move(description));
    group.add(Node{"announcement"}).add(Node{"locked"});
    group.add(Node{"ephemeral"}.set("expiration", "86400"));
    group.add(Node{"member_add_mode"}.with_bytes(to_bytes("admin_add")));
    group.add(Node{"linked_parent"}.set("jid", Jid{"9", JidServer::group}));
    return group;
}

Node notice(Node child)
{
    Node node{"notification"};
    node.set("type", "w:gp2").set("from", hikers).set("participant", ann).set("participant_pn", ann_phone);
    node.set("id", "1").set("t", std::int64_t{1'700'000'002});
    return node.add(std::move(child));
}

} // namespace

TEST_CASE("a group is read with everything about it", "[stanza][groups]")
{
    auto const group = parse_group(group_node());
    REQUIRE(group);
    CHECK(group->jid == hikers);
    CHECK(group->subject == "Hiking");
    CHECK(group->subject_by == ann);
    CHECK(group->subject_time == wall_from_seconds(1'700'000'000));
    CHECK(group->owner == ann);
    CHECK(group->owner_phone == ann_phone);
    CHECK(group->description == "Every Sunday");
    CHECK(group->description_id == "D1");
    CHECK(group->description_by == ben);
    CHECK(group->uses_lids);
    CHECK(group->announce);
    CHECK(group->locked);
    CHECK_FALSE(group->members_can_add);
    CHECK_FALSE(group->approval_required);
    CHECK(group->expiration == std::chrono::seconds{86'400});
    CHECK(group->parent == Jid{"9", JidServer::group});
    REQUIRE(group->members.size() == 2);
    CHECK(group->members.front() == GroupMember{ann, ann_phone, GroupRole::superadmin});
    CHECK(group->members.back() == GroupMember{ben, std::nullopt, GroupRole::member});
    CHECK(address_pairs(group_node()) ==
          std::vector<std::pair<Jid, Jid>>{{ann_phone, ann}, {ann_phone, ann}});
}

TEST_CASE("a new group names its members and what it is", "[stanza][groups]")
{
    GroupPlan plan;
    plan.subject = "Hiking";
    plan.members = {{ann, ann_phone}, {Jid::phone("42"), std::nullopt}};
    plan.announce = true;
    plan.approval_required = true;
    plan.expiration = std::chrono::seconds{86'400};
    auto const iq = create_group(plan, "D1");
    CHECK(iq.text("xmlns") == "w:g2");
    CHECK(iq.text("type") == "set");
    CHECK(iq.jid("to") == Jid{{}, JidServer::group});
    auto const* create = iq.child("create");
    REQUIRE(create != nullptr);
    std::vector<std::string> tags;
    for (auto const& child : create->children())
        tags.push_back(child.tag);
    CHECK(tags == std::vector<std::string>{"participant", "participant", "announcement", "ephemeral",
                                           "membership_approval_mode"});
    CHECK(create->children()[0].jid("phone_number") == ann_phone);
    CHECK_FALSE(create->children()[1].has("phone_number"));
}

TEST_CASE("who is put into a group may come with a token, and is named no other way", "[stanza][groups]")
{
    std::vector<Participant> const people{{ann, ann_phone, Bytes{1, 2}}, {ben, std::nullopt}};
    auto const iq = change_members(hikers, MemberAction::add, people);
    auto const& added = iq.child("add")->children();
    REQUIRE(added.size() == 2);
    CHECK(to_bytes(added[0].child("privacy")->bytes()) == Bytes{1, 2});
    CHECK(added[1].child("privacy") == nullptr);
    CHECK_FALSE(iq.child("add")->has("linked_groups"));
    auto const everywhere = change_members(hikers, MemberAction::remove, {{ben, std::nullopt}}, true);
    CHECK(everywhere.child("remove")->text("linked_groups") == "true");
}

TEST_CASE("a group in a community is made with its settings", "[stanza][groups]")
{
    GroupPlan plan;
    plan.subject = "Cooking";
    plan.parent = Jid{"9", JidServer::group};
    plan.locked = true;
    plan.only_admins_add = true;
    auto const iq = create_group(plan, "D1");
    auto const* create = iq.child("create");
    REQUIRE(create != nullptr);
    CHECK(create->child("linked_parent")->jid("jid") == plan.parent);
    CHECK(text_view(create->child("member_add_mode")->bytes()) == "admin_add");
    CHECK(create->child("locked") != nullptr);
    CHECK(create->child("announcement") == nullptr);
    CHECK(create->child("membership_approval_mode") == nullptr);
}

TEST_CASE("an invitation by message names its code, its end and who has sent it", "[stanza][groups]")
{
    Invitation const invitation{hikers, ann, "Code", wall_from_seconds(1'900'000'000)};
    auto const looked = query_invitation(invitation);
    CHECK(looked.text("type") == "get");
    CHECK(looked.jid("to") == hikers);
    auto const* request = looked.path({"query", "add_request"});
    REQUIRE(request != nullptr);
    CHECK(request->jid("admin") == ann);
    auto const followed = accept_invitation(invitation);
    CHECK(followed.text("type") == "set");
    REQUIRE(followed.child("accept") != nullptr);
    CHECK(followed.child("accept")->text("code") == "Code");
    CHECK(followed.child("accept")->text("expiration") == "1900000000");
    CHECK(followed.child("accept")->jid("admin") == ann);
    auto const revoked = revoke_invitations(hikers, {{ben, std::nullopt}});
    CHECK(revoked.path({"revoke", "participant"})->jid("jid") == ben);
}

TEST_CASE("a community is asked for its people and told who must approve", "[stanza][groups]")
{
    CHECK(query_community_members(hikers).child("linked_groups_participants") != nullptr);
    Node list{"linked_groups_participants"};
    list.add(participant(ann).set("phone_number", ann_phone)).add(participant(ben)).add(Node{"other"});
    auto const people = parse_community_members(Node{"iq"}.add(std::move(list)));
    REQUIRE(people.size() == 2);
    CHECK(people[0].phone == ann_phone);
    CHECK(parse_community_members(Node{"iq"}).empty());
    CHECK(set_approval(hikers, true).path({"membership_approval_mode", "group_join"}) != nullptr);
    auto const mode = set_approval(hikers, true, true);
    CHECK(mode.path({"membership_approval_mode", "community_join"})->text("state") == "on");
    auto community = group_node();
    community.add(*mode.child("membership_approval_mode"));
    CHECK(parse_group(community)->approval_required);
}

TEST_CASE("links of groups and communities are asked for and read", "[stanza][groups]")
{
    Jid const community{"9", JidServer::group};
    auto const linked = link_group(community, hikers);
    CHECK(linked.jid("to") == community);
    CHECK(linked.path({"links", "link"})->text("link_type") == "sub_group");
    CHECK(linked.path({"links", "link", "group"})->jid("jid") == hikers);
    auto const unlinked = unlink_group(community, hikers);
    CHECK(unlinked.child("unlink")->text("unlink_type") == "sub_group");
    CHECK(unlinked.path({"unlink", "group"})->jid("jid") == hikers);
    Node list{"sub_groups"};
    list.add(Node{"group"}.set("id", hikers.user).set("subject", "Hiking").add(Node{"default_sub_group"}));
    list.add(Node{"group"}.set("id", "8").set("subject", "Cooking"));
    auto const groups = parse_subgroups(Node{"iq"}.add(std::move(list)));
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].jid == hikers);
    CHECK(groups[0].is_default);
    CHECK(groups[1].subject == "Cooking");
    CHECK_FALSE(groups[1].is_default);
}

TEST_CASE("a description is replaced by name and deleted when it is empty", "[stanza][groups]")
{
    auto const changed = set_description(hikers, "new", "D2", "D1");
    CHECK(changed.path({"description"})->text("prev") == "D1");
    CHECK(to_text(changed.path({"description", "body"})->bytes()) == "new");
    auto const deleted = set_description(hikers, "", "D3", "D2");
    CHECK(deleted.path({"description"})->text("delete") == "true");
    CHECK(deleted.path({"description", "body"}) == nullptr);
}

TEST_CASE("every participant of a request has its own result", "[stanza][groups]")
{
    Node add{"add"};
    add.add(participant(ann).set("phone_number", ann_phone));
    Node refused = participant(ben).set("error", "403");
    refused.add(Node{"add_request"}.set("code", "INV").set("expiration", "1700000000"));
    add.add(std::move(refused));
    auto const results = parse_member_results(Node{"iq"}.add(std::move(add)), "add");
    REQUIRE(results.size() == 2);
    CHECK(results[0].code == 200);
    CHECK(results[0].phone == ann_phone);
    CHECK(results[1].code == 403);
    CHECK(results[1].invite_code == "INV");
    CHECK(results[1].invite_ends == wall_from_seconds(1'700'000'000));
}

TEST_CASE("joining may need an approval", "[stanza][groups]")
{
    auto const joined = parse_joined(Node{"iq"}.add(Node{"group"}.set("jid", hikers)));
    REQUIRE(joined);
    CHECK(joined->group == hikers);
    CHECK_FALSE(joined->is_pending);
    auto const waiting = parse_joined(Node{"iq"}.add(Node{"membership_approval_request"}.set("jid", hikers)));
    REQUIRE(waiting);
    CHECK(waiting->is_pending);
    CHECK_FALSE(parse_joined(Node{"iq"}));
}

TEST_CASE("news about a group are read and change it", "[stanza][groups]")
{
    auto const before = parse_group(group_node()).value();
    auto const after = [&](Node child) {
        return engine::group_after(before, parse_group_notice(notice(std::move(child))).value());
    };
    CHECK(after(Node{"subject"}.set("subject", "Climbing")).subject == "Climbing");
    CHECK(after(Node{"subject"}.set("subject", "Climbing")).subject_by == ann);
    CHECK_FALSE(after(Node{"unlocked"}).locked);
    CHECK_FALSE(after(Node{"not_announcement"}).announce);
    CHECK(after(Node{"not_ephemeral"}).expiration == std::chrono::seconds{0});
    CHECK(after(Node{"member_add_mode"}.with_bytes(to_bytes("all_member_add"))).members_can_add);
    CHECK(after(Node{"description"}.set("id", "D2").set("delete", "true")).description.empty());
    CHECK(after(Node{"add"}.add(participant(Jid::hidden("300")))).members.size() == 3);
    CHECK(after(Node{"add"}.add(participant(ben))).members.size() == 2);
    CHECK(after(Node{"remove"}.add(participant(ben))).members.size() == 1);
    CHECK(after(Node{"promote"}.add(participant(ben))).members.back().role == GroupRole::admin);
    CHECK(after(Node{"demote"}.add(participant(ann))).members.front().role == GroupRole::member);
    CHECK(after(Node{"something_new"}) == before);
    CHECK(parse_group_notice(notice(Node{"modify"}))->is_outdated);
    CHECK(parse_group_notice(notice(Node{"delete"}))->is_deleted);
    CHECK_FALSE(parse_group_notice(Node{"notification"}.set("from", ann)));
}

TEST_CASE("news that are no state of a group are read", "[stanza][groups]")
{
    auto const read = [](Node child) { return parse_group_notice(notice(std::move(child))).value(); };
    CHECK(read(Node{"invite"}.set("code", "New")).updated.invite_code == "New");
    CHECK(read(Node{"suspended"}).updated.suspended == true);
    CHECK(read(Node{"unsuspended"}).updated.suspended == false);
    CHECK(read(Node{"subject"}).id == "1");

    Jid const community{"9", JidServer::group};
    Node link{"link"};
    link.set("link_type", "parent_group").add(Node{"group"}.set("jid", community).set("subject", "All"));
    auto const linked = read(link);
    CHECK(linked.is_outdated);
    CHECK(linked.updated.links == std::vector<GroupLink>{{community, "All", true, true}});
    Node unlink{"unlink"};
    unlink.set("unlink_type", "sub_group").add(Node{"group"}.set("id", hikers.user));
    CHECK(read(unlink).updated.links == std::vector<GroupLink>{{hikers, "", false, false}});
    CHECK(read(Node{"link"}.set("link_type", "sibling_group").add(Node{"group"}.set("jid", community)))
              .updated.links.empty());

    auto const asked = read(Node{"created_membership_requests"}
                                .set("request_method", "non_admin_add")
                                .add(Node{"requested_user"}.set("jid", ben)));
    REQUIRE(asked.requests.size() == 1);
    CHECK(asked.requests[0].change == JoinRequestChange::created);
    CHECK(asked.requests[0].method == "non_admin_add");
    CHECK(asked.requests[0].members == std::vector<GroupMember>{{ben, std::nullopt}});
    // Named by nobody but who acts: its own request.
    auto const own = read(Node{"revoked_membership_requests"});
    REQUIRE(own.requests.size() == 1);
    CHECK(own.requests[0].change == JoinRequestChange::revoked);
    CHECK(own.requests[0].members == std::vector<GroupMember>{{ann, ann_phone}});
    auto const refused = read(Node{"revoked_membership_requests"}.add(participant(ben)));
    CHECK(refused.requests[0].change == JoinRequestChange::rejected);
}

TEST_CASE("the difference of two states is what would be told about it", "[groups]")
{
    auto const before = parse_group(group_node()).value();
    CHECK(engine::group_difference(before, before, ann).empty());
    auto after = before;
    after.subject = "Climbing";
    after.locked = false;
    after.members.back().role = GroupRole::admin;
    after.members.push_back({Jid::hidden("300"), std::nullopt, GroupRole::member});
    auto const events = engine::group_difference(before, after, ann);
    REQUIRE(events.size() == 3);
    auto const& updated = std::get<GroupUpdated>(events[0]);
    CHECK(updated.subject == "Climbing");
    CHECK(updated.locked == false);
    CHECK_FALSE(updated.announce);
    CHECK(std::get<GroupParticipantsChanged>(events[1]).change == ParticipantChange::join);
    CHECK(std::get<GroupParticipantsChanged>(events[2]).change == ParticipantChange::promote);
    auto const back = engine::group_difference(after, before, std::nullopt);
    REQUIRE(back.size() == 3);
    CHECK(std::get<GroupParticipantsChanged>(back[1]).change == ParticipantChange::leave);
    CHECK(std::get<GroupParticipantsChanged>(back[2]).change == ParticipantChange::demote);
}
