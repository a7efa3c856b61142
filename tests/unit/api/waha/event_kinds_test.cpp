// Events about messages, groups and the account as WAHA's payloads.
#include "api/http/json.hpp"
#include "api/waha/account_events_json.hpp"
#include "api/waha/event_names.hpp"
#include "api/waha/event_render.hpp"
#include "tests/support/random_events.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::waha;

namespace {

namespace json = boost::json;

constexpr char const* stored_id = "evt_01jbx5k4v8q2m3n4p5r6s7t8v9";

struct Told {
    std::string name;
    std::string id;
    json::object payload;
};

std::vector<Told> told(Event event)
{
    storage::StoredEvent stored;
    stored.session = SessionKey{TenantId("acme"), SessionName("shop")};
    stored.sequence = 1;
    stored.id = stored_id;
    stored.event = std::move(event);
    gateway::SessionInfo session;
    session.key = stored.session;
    std::vector<Told> out;
    for (auto const& one : render_event(stored, session, Identity{})) {
        auto const parsed = http::parse_json(one.body);
        REQUIRE(parsed);
        auto const& envelope = parsed->as_object();
        REQUIRE(envelope.at("event") == one.name.c_str());
        REQUIRE(envelope.at("id") == one.id.c_str());
        auto payload = envelope.at("payload");
        if (one.name == "state.change") payload = http::json::object{}; // theirs is a word
        out.push_back({one.name, one.id, payload.as_object()});
    }
    return out;
}

std::vector<Told> told(EventBody body)
{
    return told(Event{wall_from_milliseconds(1'741'249'702'485), std::move(body),
                      OwnIdentity{Jid::phone("4917", 3), Jid::hidden("5", 3), "Ada", "android"}});
}

Told only(EventBody body)
{
    auto all = told(std::move(body));
    REQUIRE(all.size() == 1);
    return std::move(all.front());
}

std::string text(json::value const& value)
{
    return http::stable_json(value);
}

Message control(Jid chat)
{
    Message message;
    message.chat = std::move(chat);
    message.chat_phone = message.chat.is_lid() ? std::optional{Jid::phone("49151")} : std::nullopt;
    message.id = MessageId{"3EB0C0"};
    message.sender = Jid::hidden("777");
    message.sender_phone = Jid::phone("49151");
    message.timestamp = wall_from_milliseconds(1'710'481'111'853);
    message.kind = MessageKind::control;
    return message;
}

Message in_person()
{
    return control(Jid::hidden("777"));
}

Jid const some_group{"120363", JidServer::group};

} // namespace

TEST_CASE("a reaction names the message by its full id", "[api][events]")
{
    auto const direct = only(MessageReacted{in_person(), {MessageId{"3EB0AA"}, true, {}, {}}, "🙏"});
    CHECK(direct.name == "message.reaction");
    CHECK(direct.id == stored_id);
    CHECK(direct.payload.at("id") == "false_49151@c.us_3EB0C0");
    CHECK(direct.payload.at("timestamp") == 1'710'481'111);
    CHECK(direct.payload.at("from") == "49151@c.us");
    CHECK(direct.payload.at("fromMe") == false);
    CHECK(direct.payload.at("to").is_null());
    CHECK(direct.payload.at("participant").is_null());
    CHECK(text(direct.payload.at("reaction")) == R"({"text":"🙏","messageId":"true_49151@c.us_3EB0AA"})");
    CHECK(direct.payload.at("_data").at("sender").at("lid") == "777@lid");

    MessageTarget const other{MessageId{"3EB0AA"}, false, Jid::hidden("888"), Jid::phone("49888")};
    auto const in_group = only(MessageReacted{control(some_group), other, ""});
    CHECK(in_group.payload.at("participant") == "49151@c.us");
    CHECK(text(in_group.payload.at("reaction")) ==
          R"({"text":"","messageId":"false_120363@g.us_3EB0AA_49888@c.us"})");
    MessageTarget const own{MessageId{"3EB0AA"}, true, Jid::hidden("5"), {}};
    CHECK(only(MessageReacted{control(some_group), own, "x"}).payload.at("reaction").at("messageId") ==
          "true_120363@g.us_3EB0AA_4917@c.us");
}

TEST_CASE("an edit is a message with its own id that names what it changes", "[api][events]")
{
    auto message = in_person();
    message.body = "new";
    auto const edited = only(MessageEdited{message, {MessageId{"3EB0AA"}, false, {}, {}}});
    CHECK(edited.name == "message.edited");
    CHECK(edited.payload.at("id") == "false_49151@c.us_3EB0C0");
    CHECK(edited.payload.at("editedMessageId") == "3EB0AA");
    CHECK(edited.payload.at("body") == "new");
    CHECK(edited.payload.at("hasMedia") == false);
    CHECK(edited.payload.at("_data").at("target").at("id") == "false_49151@c.us_3EB0AA");
}

TEST_CASE("a deletion shows the message as it was, when it was known", "[api][events]")
{
    MessageRevoked revoked{in_person(), {MessageId{"3EB0AA"}, false, {}, {}}, std::nullopt};
    auto const unknown = only(revoked);
    CHECK(unknown.name == "message.revoked");
    CHECK(unknown.payload.at("revokedMessageId") == "3EB0AA");
    CHECK(unknown.payload.at("before").is_null());
    CHECK(unknown.payload.at("after").at("id") == "false_49151@c.us_3EB0C0");
    revoked.before = in_person();
    revoked.before->id = MessageId{"3EB0AA"};
    revoked.before->body = "secret";
    auto const known = only(revoked);
    CHECK(known.payload.at("before").at("id") == "false_49151@c.us_3EB0AA");
    CHECK(known.payload.at("before").at("body") == "secret");
}

TEST_CASE("a vote tells both sides, the options and whether it could be opened", "[api][events]")
{
    PollVoted voted{in_person(), {MessageId{"3EB0AA"}, true, {}, {}}, {"Yes", "No"}, false};
    auto const vote = only(voted);
    CHECK(vote.name == "poll.vote");
    CHECK(text(vote.payload.at("vote")) ==
          R"({"id":"false_49151@c.us_3EB0C0","to":"me","from":"49151@c.us","fromMe":false,)"
          R"("selectedOptions":["Yes","No"],"timestamp":1710481111})");
    CHECK(text(vote.payload.at("poll")) ==
          R"({"id":"true_49151@c.us_3EB0AA","to":"49151@c.us","from":"me","fromMe":true})");
    voted.message.chat = some_group;
    voted.message.chat_phone.reset();
    voted.options.clear();
    voted.failed = true;
    auto const failed = only(voted);
    CHECK(failed.name == "poll.vote.failed");
    CHECK(
        text(failed.payload.at("vote")) ==
        R"({"id":"false_120363@g.us_3EB0C0_49151@c.us","to":"120363@g.us","from":"49151@c.us","fromMe":false,)"
        R"("participant":"49151@c.us","selectedOptions":[],"timestamp":1710481111})");
}

TEST_CASE("an answer to an event has the response, or none when it could not be opened", "[api][events]")
{
    EventAnswered answered{in_person(), {MessageId{"3EB0AA"}, true, {}, {}}, 3, 2, false};
    auto const answer = only(answered);
    CHECK(answer.name == "event.response");
    CHECK(answer.payload.at("eventCreationKey").at("id") == "true_49151@c.us_3EB0AA");
    CHECK(text(answer.payload.at("eventResponse")) ==
          R"({"response":"MAYBE","timestampMs":1710481111853,"extraGuestCount":2})");
    answered.failed = true;
    auto const failed = only(answered);
    CHECK(failed.name == "event.response.failed");
    CHECK(failed.payload.at("eventResponse").is_null());
}

TEST_CASE("joining and leaving a group are told under the present and the deprecated name", "[api][events]")
{
    GroupJoined joined;
    joined.group.jid = some_group;
    joined.group.subject = "Trip";
    joined.group.announce = true;
    joined.group.members = {{Jid::hidden("777"), Jid::phone("49151"), GroupRole::superadmin},
                            {Jid::hidden("888"), {}, GroupRole::member}};
    auto const events = told(joined);
    REQUIRE(events.size() == 2);
    CHECK(events[0].name == "group.v2.join");
    CHECK(events[0].id == stored_id);
    CHECK(events[1].name == "group.join");
    CHECK(events[1].id == second_event_id(stored_id));
    CHECK(events[0].payload == events[1].payload);
    CHECK(events[0].payload.at("timestamp") == 1'741'249'702);
    CHECK(
        text(events[0].payload.at("group")) ==
        R"({"id":"120363@g.us","subject":"Trip","description":"","membersCanAddNewMember":true,)"
        R"("membersCanSendMessages":false,"newMembersApprovalRequired":false,"participants":[)"
        R"({"id":"777@lid","pn":"49151@c.us","role":"superadmin"},{"id":"888@lid","role":"participant"}]})");

    auto const left = told(GroupLeft{some_group, Jid::hidden("777")});
    REQUIRE(left.size() == 2);
    CHECK(left[0].name == "group.v2.leave");
    CHECK(left[1].name == "group.leave");
    CHECK(text(left[0].payload.at("group")) == R"({"id":"120363@g.us"})");
    CHECK(left[0].payload.at("_data").at("by").at("lid") == "777@lid");
}

TEST_CASE("a change of a group holds what has changed and nothing else", "[api][events]")
{
    GroupUpdated updated;
    updated.chat = some_group;
    updated.subject = "New";
    updated.announce = true;
    auto const first = only(updated);
    CHECK(first.name == "group.v2.update");
    CHECK(text(first.payload.at("group")) ==
          R"({"id":"120363@g.us","subject":"New","membersCanSendMessages":false})");
    CHECK(text(first.payload.at("_data")) == R"({"by":null})");
    GroupUpdated settings;
    settings.chat = some_group;
    settings.locked = true;
    settings.expiration = std::chrono::hours{24};
    settings.picture_changed = true;
    auto const second = only(settings);
    CHECK(text(second.payload.at("group")) == R"({"id":"120363@g.us"})");
    CHECK(text(second.payload.at("_data")) ==
          R"({"by":null,"infoAdminsOnly":true,"expiration":86400,"pictureChanged":true})");
}

TEST_CASE("a new code, links and the end of a group's use are told with it", "[api][events]")
{
    GroupUpdated updated;
    updated.chat = some_group;
    updated.invite_code = "Code";
    updated.suspended = true;
    updated.links = {{Jid{"9", JidServer::group}, "Neighbours", true, true}, {some_group, "", false, false}};
    auto const told = only(updated);
    CHECK(told.name == "group.v2.update");
    CHECK(text(told.payload.at("group")) ==
          R"({"id":"120363@g.us","invite":"https://chat.whatsapp.com/Code"})");
    CHECK(text(told.payload.at("_data")) ==
          R"({"by":null,"suspended":true,"links":[)"
          R"({"id":"9@g.us","type":"community","subject":"Neighbours","linked":true},)"
          R"({"id":"120363@g.us","type":"group","subject":null,"linked":false}]})");
}

TEST_CASE("a request to join says who asks and how it ended", "[api][events]")
{
    GroupRequestsChanged change;
    change.chat = some_group;
    change.by = Jid::hidden("888");
    change.method = "invite_link";
    change.members = {{Jid::hidden("777"), Jid::phone("49151")}};
    auto const asked = only(change);
    CHECK(asked.name == "group.request");
    CHECK(asked.payload.at("type") == "created");
    CHECK(asked.payload.at("method") == "invite_link");
    CHECK(text(asked.payload.at("group")) == R"({"id":"120363@g.us"})");
    CHECK(text(asked.payload.at("participants")) ==
          R"([{"id":"777@lid","pn":"49151@c.us","role":"participant"}])");
    CHECK(asked.payload.at("_data").at("by").at("lid") == "888@lid");
    change.method.clear();
    change.change = JoinRequestChange::revoked;
    CHECK(only(change).payload.at("type") == "revoked");
    CHECK(only(change).payload.at("method").is_null());
    change.change = JoinRequestChange::rejected;
    CHECK(only(change).payload.at("type") == "rejected");
}

TEST_CASE("a change of members tells whom it concerns and what they are now", "[api][events]")
{
    auto const role_of = [](ParticipantChange change, GroupRole role) {
        GroupParticipantsChanged changed{some_group, {}, change, {{Jid::hidden("777"), {}, role}}};
        auto const event = only(changed);
        CHECK(event.name == "group.v2.participants");
        auto const& member = event.payload.at("participants").at(0);
        return std::string(event.payload.at("type").as_string()) + " " +
               std::string(member.at("role").as_string());
    };
    CHECK(role_of(ParticipantChange::join, GroupRole::member) == "join participant");
    CHECK(role_of(ParticipantChange::join, GroupRole::admin) == "join admin");
    CHECK(role_of(ParticipantChange::leave, GroupRole::admin) == "leave left");
    CHECK(role_of(ParticipantChange::promote, GroupRole::member) == "promote admin");
    CHECK(role_of(ParticipantChange::demote, GroupRole::admin) == "demote participant");
}

TEST_CASE("presence, archive and calls have both addresses in _data", "[api][events]")
{
    PresenceChanged presence;
    presence.chat = some_group;
    presence.participant = Jid::hidden("777");
    presence.participant_phone = Jid::phone("49151");
    presence.state = PresenceState::recording;
    auto const typing = only(presence);
    CHECK(typing.name == "presence.update");
    CHECK(typing.payload.at("id") == "120363@g.us");
    CHECK(text(typing.payload.at("presences")) ==
          R"([{"participant":"49151@c.us","lastKnownPresence":"recording","lastSeen":null}])");
    CHECK(typing.payload.at("_data").at("participant").at("lid") == "777@lid");
    presence.last_seen = wall_from_seconds(1'700'000'000);
    CHECK(only(presence).payload.at("presences").at(0).at("lastSeen") == 1'700'000'000);

    auto const archive = only(ChatArchived{Jid::hidden("777"), Jid::phone("49151"), true});
    CHECK(archive.name == "chat.archive");
    CHECK(
        text(archive.payload) ==
        R"({"id":"49151@c.us","archived":true,"timestamp":1741249702,"_data":{"chat":{"lid":"777@lid","pn":"49151@c.us"}}})");

    CallChanged call;
    call.id = "CALL1";
    call.from = Jid::hidden("777");
    call.from_phone = Jid::phone("49151");
    call.is_video = true;
    call.timestamp = wall_from_seconds(1'700'000'000);
    auto const received = only(call);
    CHECK(received.name == "call.received");
    CHECK(
        text(received.payload) ==
        R"({"id":"CALL1","from":"49151@c.us","timestamp":1700000000,"isVideo":true,"isGroup":false,)"
        R"("_data":{"from":{"lid":"777@lid","pn":"49151@c.us"},"group":null,"state":"received","reason":null}})");
    call.state = CallState::accepted;
    CHECK(only(call).name == "call.accepted");
    call.state = CallState::rejected;
    CHECK(only(call).name == "call.rejected");
    call.state = CallState::ended;
    call.reason = "timeout";
    CHECK(only(call).name == "call.rejected");
    CHECK(only(call).payload.at("_data").at("reason") == "timeout");
}

TEST_CASE("labels have a name and a color of the palette", "[api][events]")
{
    auto const changed = only(LabelChanged{{"1", "Lead", 2}, false});
    CHECK(changed.name == "label.upsert");
    CHECK(text(changed.payload) == R"({"id":"1","name":"Lead","color":2,"colorHex":"#ffd429"})");
    CHECK(only(LabelChanged{{"1", "Lead", 2}, true}).name == "label.deleted");
    LabelAssigned assigned;
    assigned.label_id = "1";
    assigned.chat = Jid::phone("49151");
    auto const added = only(assigned);
    CHECK(added.name == "label.chat.added");
    CHECK(added.payload.at("chatId") == "49151@c.us");
    CHECK(added.payload.at("label").is_null());
    assigned.assigned = false;
    assigned.label = Label{"1", "Lead", 0};
    CHECK(only(assigned).name == "label.chat.deleted");
    CHECK(only(assigned).payload.at("label").at("name") == "Lead");
    assigned.message = MessageId{"3EB0"};
    auto const labelled = only(assigned);
    CHECK(labelled.name == "message.updated");
    CHECK(
        text(labelled.payload) ==
        R"({"id":"false_49151@c.us_3EB0","chatId":"49151@c.us","change":"labelRemoved","until":null,)"
        R"("label":{"id":"1","name":"Lead","color":0,"colorHex":"#ff9485"},"by":null,"timestamp":1741249702,)"
        R"("_data":{"chat":{"lid":null,"pn":"49151@c.us"}}})");
    assigned.message = MessageId{}; // an event that had to go
    CHECK(told(assigned).empty());

    std::set<std::string_view> colors;
    for (std::int32_t color = 0; color < 20; ++color) {
        colors.insert(label_color_hex(color));
        CHECK(label_color_from_hex(label_color_hex(color)) == color);
    }
    CHECK(colors.size() == 20);
    CHECK(label_color_from_hex("#FF9485") == 0);
    CHECK(label_color_hex(20).empty());
    CHECK(label_color_hex(-1).empty());
    CHECK_FALSE(label_color_from_hex("#ff9"));
}

TEST_CASE("the progress of the history is an event of the session", "[api][events]")
{
    auto const progress = only(HistoryProgressed{3, 40, 2, 7, 1'200});
    CHECK(progress.name == "session.history");
    CHECK(
        text(progress.payload) ==
        R"({"name":"shop","type":"recent","progress":40,"chunk":2,"chats":7,"messages":1200,"requestId":null,"hasMore":null,"error":null})");
    HistoryProgressed asked{6, 100, 1, 1, 50};
    asked.request = "3EB0AA";
    asked.has_more = true;
    asked.error = "damaged";
    CHECK(
        text(only(asked).payload) ==
        R"({"name":"shop","type":"on_demand","progress":100,"chunk":1,"chats":1,"messages":50,"requestId":"3EB0AA","hasMore":true,"error":"damaged"})");
}

TEST_CASE("counts of a channel's message name it and all reactions", "[api][events]")
{
    auto const channel = Jid::parse("120363000000000001@newsletter").value();
    ChannelPostCounted counted{channel, 101, MessageId{"3EB0"}, 12, {{"👍", 3}, {"😀", 1}}};
    auto const told = only(counted);
    CHECK(told.name == "channel.message.counts");
    CHECK(text(told.payload) ==
          R"({"id":"120363000000000001@newsletter","messageId":"false_120363000000000001@newsletter_3EB0",)"
          R"("serverId":101,"viewCount":12,"reactions":{"👍":3,"😀":1}})");
    counted.id = {};
    counted.views.reset();
    CHECK(only(counted).payload.at("messageId").is_null());
    CHECK(only(counted).payload.at("viewCount").is_null());
}

TEST_CASE("a changed identity names the person", "[api][events]")
{
    auto const changed = only(IdentityChanged{Jid::hidden("777"), Jid::phone("49151")});
    CHECK(changed.name == "contact.identity.changed");
    CHECK(changed.payload.at("id") == "49151@c.us");
    CHECK(changed.payload.at("_data").at("contact").is_object());
    CHECK(only(IdentityChanged{Jid::hidden("777"), {}}).payload.at("id") == "777@lid");
}

TEST_CASE("what has changed of chats, messages, people and the account names it and the change",
          "[api][events]")
{
    auto const muted = only(ChatUpdated{Jid::hidden("777"), Jid::phone("49151"), ChatUpdate::muted,
                                        wall_from_seconds(1'800'000'000)});
    CHECK(muted.name == "chat.updated");
    CHECK(text(muted.payload) ==
          R"({"id":"49151@c.us","change":"muted","until":1800000000,"timestamp":1741249702,)"
          R"("_data":{"chat":{"lid":"777@lid","pn":"49151@c.us"}}})");
    CHECK(only(ChatUpdated{some_group, {}, ChatUpdate::read, {}}).payload.at("until").is_null());

    MessageUpdated pinned{
        some_group, {}, {MessageId{"3EB0"}, false, Jid::hidden("777"), Jid::phone("49151")}};
    pinned.change = MessageUpdate::pinned;
    pinned.until = wall_from_seconds(1'800'000'000);
    pinned.by = Jid::hidden("777");
    pinned.by_phone = Jid::phone("49151");
    auto const told_pin = only(pinned);
    CHECK(told_pin.name == "message.updated");
    CHECK(told_pin.payload.at("id") == "false_120363@g.us_3EB0_49151@c.us");
    CHECK(told_pin.payload.at("chatId") == "120363@g.us");
    CHECK(told_pin.payload.at("change") == "pinned");
    CHECK(told_pin.payload.at("by") == "49151@c.us");
    pinned.change = MessageUpdate::deleted_for_me;
    CHECK(only(pinned).payload.at("change") == "deletedForMe");

    ContactUpdated contact{Jid::hidden("777"), Jid::phone("49151"), ContactUpdate::saved, "Ada Lovelace",
                           "Ada"};
    auto const saved = only(contact);
    CHECK(saved.name == "contact.updated");
    CHECK(text(saved.payload) ==
          R"({"id":"49151@c.us","change":"saved","name":"Ada Lovelace","shortName":"Ada","pictureId":null,)"
          R"("about":null,"timestamp":1741249702,"_data":{"contact":{"lid":"777@lid","pn":"49151@c.us"}}})");
    contact.change = ContactUpdate::about;
    CHECK(only(contact).payload.at("about") == "");
    CHECK(only(contact).payload.at("name").is_null());

    AccountUpdated account;
    account.privacy = {{"last", "none"}};
    account.time_lock = TimeLock{true, wall_from_seconds(1'800'000'000), "BIZ_QUALITY"};
    account.quota.emplace().used = 3;
    auto const changed = only(account);
    CHECK(changed.name == "account.updated");
    CHECK(
        text(changed.payload) ==
        R"({"privacy":{"last":"none"},"timeLock":{"active":true,"until":1800000000,"type":"BIZ_QUALITY"},)"
        R"("newChats":{"total":null,"used":3,"cycleStart":null,"cycleEnd":null,"status":null,"extension":null,)"
        R"("verified":null},"timestamp":1741249702})");
}

TEST_CASE("a member's label is an event of the group", "[api][events]")
{
    GroupParticipantsChanged change;
    change.chat = some_group;
    change.change = ParticipantChange::label;
    change.members = {{Jid::hidden("777"), Jid::phone("49151"), GroupRole::member, "Captain"}};
    auto const told_label = only(change);
    CHECK(told_label.name == "group.member.label");
    CHECK(told_label.payload.at("participants").at(0).at("label") == "Captain");
}

TEST_CASE("a comment is a message and names what it is about", "[api][events]")
{
    MessageCommented commented;
    commented.message.chat = Jid{"120363", JidServer::group};
    commented.message.id = MessageId{"3EB0C0"};
    commented.message.sender = Jid::hidden("777");
    commented.message.body = "well said";
    commented.target = {MessageId{"3EB0AA"}, false, Jid::hidden("888"), Jid::phone("49152")};
    auto const told = only(commented);
    CHECK(told.name == "message.comment");
    CHECK(told.payload.at("body") == "well said");
    CHECK(told.payload.at("commentedMessageId") == "false_120363@g.us_3EB0AA_49152@c.us");
}

TEST_CASE("every event that is told has a name that can be subscribed to", "[api][events]")
{
    testing::SeededRandom random(1);
    testing::RandomEvents events(random);
    std::set<std::string> names;
    for (std::size_t kind = 0; kind < std::variant_size_v<EventBody>; ++kind) {
        for (int i = 0; i < 40; ++i) {
            auto const all = told(events.event(kind));
            CHECK(all.size() <= 2);
            for (auto const& one : all) {
                names.insert(one.name);
                CHECK(is_event_name(one.name));
            }
        }
    }
    CHECK(names.size() == 42); // all but engine.event
}
