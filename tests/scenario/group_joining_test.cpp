// Coming into groups: invitations by message, requests to join, tokens of who is added, communities.
#include "protocol/engine/groups.hpp"
#include "tests/support/fake_groups.hpp"
#include "tests/support/fake_server_nodes.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace wagate;
using namespace wagate::testing;
using binary::Node;
using engine::Groups;

namespace {

/// Anna's companion asks about groups; what the fake server does not know itself stands in `answers`.
struct Joining : TwoAccounts {
    FakePhone& carl = server.add_account("4915100000003", "900000000000003", "Carl");
    FakeGroups groups{server, clock};
    FakeGroups::Room& room = groups.add("Hiking", {&anna, &ben, &carl});
    std::map<std::string, Node> answers; ///< the child of the answer, by the child of the question
    std::function<void()> when_accepted = [] {};

    Joining()
    {
        server.intercept = [this, through = server.intercept](Jid const& device, Node const& node) {
            if (node.tag != "iq" || node.text("xmlns") != "w:g2" || node.children().empty())
                return through(device, node);
            auto const& tag = node.children().front().tag;
            if (tag == "accept") when_accepted();
            auto const found = answers.find(tag);
            if (found == answers.end()) return through(device, node);
            server.send(device, server_result(node).add(found->second));
            return true;
        };
    }

    /// Asks, and gives the answer. @param question (Groups&, done)
    template <class Value, class Question>
    Result<Value> ask(Question question)
    {
        std::optional<Result<Value>> answer;
        a.use([&](engine::Engine& engine, Instant now) {
            engine.use(now, [&] {
                question(engine.groups(), [&](Result<Value> value) { answer = std::move(value); });
            });
        });
        run();
        REQUIRE(answer);
        return *answer;
    }
    void know(FakeGroups::Room const& group)
    {
        CHECK(ask<Group>([&](Groups& groups_, auto done) { groups_.info(group.jid, done); }).has_value());
    }
    /// The last question of this kind.
    Node asked(std::string_view tag) const
    {
        for (auto entry = server.log.rbegin(); entry != server.log.rend(); ++entry)
            if (entry->node.tag == "iq" && entry->node.text("xmlns") == "w:g2" &&
                entry->node.child(tag) != nullptr)
                return entry->node;
        return {};
    }
    static Node listed(FakePhone const& who, int error = 0)
    {
        Node node{"participant"};
        node.set("jid", who.lid.bare()).set("phone_number", who.phone.bare());
        if (error != 0) node.set("error", std::int64_t{error});
        return node;
    }
    Node notice(std::string_view id, FakePhone const& by, Node news) const
    {
        Node node{"notification"};
        node.set("type", "w:gp2").set("from", room.jid).set("id", id);
        node.set("participant", by.lid.bare()).set("participant_pn", by.phone.bare());
        return node.set("t", unix_seconds(clock.now.wall)).add(std::move(news));
    }
    template <class Body>
    std::vector<Body> told() const
    {
        return a.store.events_of<Body>();
    }
};

stanza::Invitation invitation(Jid const& group, Jid const& inviter)
{
    return {group, inviter, "the code", wall_from_seconds(1'900'000'000)};
}

} // namespace

TEST_CASE("an invitation by message is looked at and followed", "[scenario][groups]")
{
    Joining world;
    auto& other = world.groups.add("Climbing", {&world.ben, &world.carl});
    auto const invited = invitation(other.jid, world.ben.phone);
    world.know(world.room); // from where Ben's LID is known

    world.answers["query"] = world.groups.describe(other);
    auto const looked =
        world.ask<Group>([&](Groups& groups, auto done) { groups.invitation_info(invited, done); });
    REQUIRE(looked.has_value());
    CHECK(looked->subject == "Climbing");
    CHECK(world.told<GroupJoined>().empty());
    auto const question = world.asked("query");
    auto const* request = question.path({"query", "add_request"});
    REQUIRE(request != nullptr);
    CHECK(request->text("code") == "the code");
    world.answers.clear();

    world.when_accepted = [&] { other.members.push_back(&world.anna); };
    auto const joined = world.ask<stanza::Joined>(
        [&](Groups& groups, auto done) { groups.accept_invitation(invited, done); });
    REQUIRE(joined.has_value());
    CHECK(joined->group == other.jid);
    CHECK_FALSE(joined->is_pending);
    auto const iq = world.asked("accept");
    CHECK(iq.text("type") == "set");
    CHECK(iq.jid("to") == other.jid);
    CHECK(iq.child("accept")->text("expiration") == "1900000000");
    CHECK(iq.child("accept")->jid("admin") == world.ben.lid.bare());
    auto const events = world.told<GroupJoined>();
    REQUIRE(events.size() == 1);
    CHECK(events.front().group.members.size() == 3);
}

TEST_CASE("an invitation that an admin must approve is pending", "[scenario][groups]")
{
    Joining world;
    auto& other = world.groups.add("Climbing", {&world.ben});
    world.answers["accept"] = Node{"membership_approval_request"}.set("jid", other.jid);
    auto const joined = world.ask<stanza::Joined>([&](Groups& groups, auto done) {
        groups.accept_invitation(invitation(other.jid, world.ben.lid), done);
    });
    REQUIRE(joined.has_value());
    CHECK(joined->is_pending);
    CHECK(world.told<GroupJoined>().empty());
}

TEST_CASE("invitations are taken back one by one", "[scenario][groups]")
{
    Joining world;
    auto const revoke = [&] {
        return world.ask<Groups::MemberResults>([&](Groups& groups, auto done) {
            groups.revoke_invitations(world.room.jid, {world.ben.lid, world.carl.lid}, done);
        });
    };
    auto const all = revoke(); // answered without a list
    REQUIRE(all.has_value());
    CHECK(all->size() == 2);
    CHECK(all->front().code == 200);
    CHECK(world.asked("revoke").child("revoke")->children().size() == 2);
    world.answers["revoke"] =
        Node{"revoke"}.add(Joining::listed(world.ben)).add(Joining::listed(world.carl, 404));
    auto const some = revoke();
    REQUIRE(some.has_value());
    CHECK(some->at(0).code == 200);
    CHECK(some->at(1).code == 404);
}

TEST_CASE("who is put into a group comes with the token that it gave", "[scenario][groups]")
{
    Joining world;
    Node token{"token"};
    token.set("type", "trusted_contact").set("t", unix_seconds(world.clock.now.wall)).with_bytes({1, 2, 3});
    Node given{"notification"};
    given.set("type", "privacy_token").set("from", world.ben.phone).set("id", "p1");
    given.set("sender_lid", world.ben.lid).add(Node{"tokens"}.add(std::move(token)));
    world.deliver(std::move(given));
    world.know(world.room);

    auto const privacy_of = [&](std::string_view tag) {
        std::vector<std::optional<Bytes>> found;
        auto const question = world.asked(tag);
        REQUIRE(question.child(tag) != nullptr);
        for (auto const& child : question.child(tag)->children())
            if (child.tag == "participant")
                found.push_back(child.child("privacy") == nullptr
                                    ? std::nullopt
                                    : std::optional{to_bytes(child.child("privacy")->bytes())});
        return found;
    };
    std::vector<std::optional<Bytes>> const ben_only{Bytes{1, 2, 3}, std::nullopt};
    auto const change = [&](stanza::MemberAction action) {
        (void)world.ask<Groups::MemberResults>([&](Groups& groups, auto done) {
            groups.change_members(world.room.jid, action, {world.ben.phone, world.carl.lid}, done);
        });
    };
    change(stanza::MemberAction::add);
    CHECK(privacy_of("add") == ben_only);
    change(stanza::MemberAction::remove);
    CHECK(privacy_of("remove") == std::vector<std::optional<Bytes>>(2));
    stanza::GroupPlan plan;
    plan.subject = "New";
    plan.members = {{world.ben.phone, std::nullopt}, {world.carl.phone, std::nullopt}};
    world.answers["create"] = world.groups.describe(world.room);
    (void)world.ask<Group>([&](Groups& groups, auto done) { groups.create(plan, done); });
    CHECK(privacy_of("create") == ben_only);
}

TEST_CASE("requests to join are told once and answered", "[scenario][groups]")
{
    Joining world;
    world.know(world.room);
    Node asking{"created_membership_requests"};
    asking.set("request_method", "invite_link").add(Joining::listed(world.carl));
    for (int times = 0; times < 2; ++times) // delivered again
        world.deliver(world.notice("n1", world.carl, asking));
    auto told = world.told<GroupRequestsChanged>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].change == JoinRequestChange::created);
    CHECK(told[0].method == "invite_link");
    CHECK(told[0].members == std::vector<GroupMember>{{world.carl.lid.bare(), world.carl.phone.bare()}});

    world.deliver(world.notice("n2", world.carl, Node{"revoked_membership_requests"}));
    world.deliver(
        world.notice("n3", world.ben, Node{"revoked_membership_requests"}.add(Joining::listed(world.carl))));
    told = world.told<GroupRequestsChanged>();
    REQUIRE(told.size() == 3);
    CHECK(told[1].change == JoinRequestChange::revoked);
    CHECK(told[1].members.front().jid == world.carl.lid.bare());
    CHECK(told[2].change == JoinRequestChange::rejected);
    CHECK(told[2].by == world.ben.lid.bare());

    Node waiting{"membership_approval_requests"};
    waiting.add(Node{"membership_approval_request"}
                    .set("jid", world.carl.lid.bare())
                    .set("phone_number", world.carl.phone.bare())
                    .set("request_time", "1700000000"));
    world.answers["membership_approval_requests"] = waiting;
    auto const requests = world.ask<std::vector<stanza::JoinRequest>>(
        [&](Groups& groups, auto done) { groups.requests(world.room.jid, done); });
    REQUIRE(requests.has_value());
    REQUIRE(requests->size() == 1);
    CHECK(requests->front().time == wall_from_seconds(1'700'000'000));

    auto& dora = world.server.add_account("4915100000004", "900000000000004", "Dora");
    auto const answer = [&](bool approve, FakePhone const& whom) {
        Node list{approve ? "approve" : "reject"};
        world.answers["membership_requests_action"] =
            Node{"membership_requests_action"}.add(list.add(Joining::listed(whom)));
        auto const results = world.ask<Groups::MemberResults>([&](Groups& groups, auto done) {
            groups.answer_requests(world.room.jid, {whom.lid}, approve, done);
        });
        REQUIRE(results.has_value());
        CHECK(results->front().code == 200);
    };
    answer(false, dora);
    CHECK(world.told<GroupRequestsChanged>().back().change == JoinRequestChange::rejected);
    CHECK(world.told<GroupRequestsChanged>().back().by == world.anna.lid.bare());
    CHECK(world.told<GroupParticipantsChanged>().empty());
    answer(true, dora);
    auto const changes = world.told<GroupParticipantsChanged>();
    REQUIRE(changes.size() == 1);
    CHECK(changes.front().change == ParticipantChange::join);
    CHECK(changes.front().members.front().jid == dora.lid.bare());
    // The news of it, should they come, say nothing new.
    world.room.members.push_back(&dora);
    world.groups.tell(world.room, world.anna, FakeGroups::news_about("add", {&dora}));
    world.run();
    CHECK(world.told<GroupParticipantsChanged>().size() == 1);
}

TEST_CASE("a new code, the end of a group's use, and groups of a community are told", "[scenario][groups]")
{
    Joining world;
    world.know(world.room);
    for (int times = 0; times < 2; ++times)
        world.deliver(world.notice("n1", world.ben, Node{"invite"}.set("code", "New")));
    for (auto const* tag : {"suspended", "suspended", "unsuspended"})
        world.deliver(world.notice(tag, world.ben, Node{tag}));
    Jid const subgroup{"120363000000000099", JidServer::group};
    Node link{"link"};
    link.set("link_type", "sub_group").add(Node{"group"}.set("jid", subgroup).set("subject", "Cooking"));
    for (int times = 0; times < 2; ++times)
        world.deliver(world.notice("n4", world.ben, link));
    auto const updates = world.told<GroupUpdated>();
    REQUIRE(updates.size() == 4);
    CHECK(updates[0].invite_code == "New");
    CHECK(updates[0].by == world.ben.lid.bare());
    CHECK(updates[1].suspended == true);
    CHECK(updates[2].suspended == false);
    CHECK(updates[3].links == std::vector<GroupLink>{{subgroup, "Cooking", false, true}});

    world.answers["invite"] = Node{"invite"}.set("code", "Mine");
    auto const code = world.ask<std::string>(
        [&](Groups& groups, auto done) { groups.invite_code(world.room.jid, true, done); });
    CHECK(code.has_value());
    CHECK(world.told<GroupUpdated>().back().invite_code == "Mine");
    REQUIRE(world.told<GroupUpdated>().size() == 5);
    // The server's word about it says nothing new; whoever makes that code again does.
    world.deliver(world.notice("n5", world.anna, Node{"invite"}.set("code", "Mine")));
    CHECK(world.told<GroupUpdated>().size() == 5);
    world.deliver(world.notice("n6", world.ben, Node{"invite"}.set("code", "Mine")));
    CHECK(world.told<GroupUpdated>().size() == 6);
}

TEST_CASE("a community links groups, lists people and removes them from all of its groups",
          "[scenario][groups]")
{
    Joining world;
    auto& community = world.groups.add("Neighbours", {&world.anna, &world.ben, &world.carl});
    world.know(community);
    world.know(world.room);

    auto described = world.groups.describe(world.room);
    world.answers["query"] = described.add(Node{"linked_parent"}.set("jid", community.jid));
    auto const link = [&](bool linked) {
        ErrorCode answer = engine::EngineErrc::stopped;
        world.a.use([&](engine::Engine& engine, Instant now) {
            engine.use(now, [&] {
                engine.groups().link(community.jid, world.room.jid, linked,
                                     [&](ErrorCode error) { answer = error; });
            });
        });
        world.run();
        CHECK_FALSE(answer);
    };
    link(true);
    CHECK(world.asked("links").path({"links", "link"})->text("link_type") == "sub_group");
    CHECK(world.asked("links").path({"links", "link", "group"})->jid("jid") == world.room.jid);
    auto const updates = world.told<GroupUpdated>();
    REQUIRE(updates.size() == 2);
    CHECK(updates[0].chat == community.jid);
    CHECK(updates[0].links == std::vector<GroupLink>{{world.room.jid, "Hiking", false, true}});
    CHECK(updates[1].chat == world.room.jid);
    CHECK(updates[1].links == std::vector<GroupLink>{{community.jid, "", true, true}});

    Node subgroups{"sub_groups"};
    subgroups.add(Node{"group"}.set("id", world.room.jid.user).set("subject", "Hiking"));
    world.answers["sub_groups"] = subgroups;
    auto const found = world.ask<std::vector<stanza::Subgroup>>(
        [&](Groups& groups, auto done) { groups.subgroups(community.jid, done); });
    REQUIRE(found.has_value());
    CHECK(found->front().jid == world.room.jid);

    Node people{"linked_groups_participants"};
    people.add(Joining::listed(world.ben)).add(Joining::listed(world.carl));
    world.answers["linked_groups_participants"] = people;
    auto const members = world.ask<std::vector<GroupMember>>(
        [&](Groups& groups, auto done) { groups.community_members(community.jid, done); });
    REQUIRE(members.has_value());
    CHECK(members->size() == 2);

    world.answers["remove"] = Node{"remove"}.add(Joining::listed(world.carl));
    auto const removed = world.ask<Groups::MemberResults>([&](Groups& groups, auto done) {
        groups.remove_from_community(community.jid, {world.carl.phone}, done);
    });
    REQUIRE(removed.has_value());
    CHECK(world.asked("remove").child("remove")->text("linked_groups") == "true");
    auto const changes = world.told<GroupParticipantsChanged>();
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].chat == world.room.jid);
    CHECK(changes[1].chat == community.jid);
    for (auto const& change : changes) {
        CHECK(change.change == ParticipantChange::leave);
        CHECK(change.members.front().jid == world.carl.lid.bare());
    }

    world.answers["query"] = world.groups.describe(world.room);
    link(false);
    CHECK(world.asked("unlink").child("unlink")->text("unlink_type") == "sub_group");
    CHECK(world.told<GroupUpdated>().back().links ==
          std::vector<GroupLink>{{community.jid, "", true, false}});
}
