#include "protocol/model/model.hpp"

#include "tests/support/random_events.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;

namespace {

Message full_message()
{
    Message message;
    message.chat = Jid::hidden("900000000000002");
    message.chat_phone = Jid::phone("15550002222");
    message.id = MessageId{"3EB0ABC"};
    message.from_me = true;
    message.sender = Jid::phone("15550001111");
    message.sender_phone = Jid::phone("15550001111");
    message.timestamp = wall_from_milliseconds(1'700'000'000'123);
    message.push_name = "Zo\xC3\xAB";
    message.kind = MessageKind::waiting;
    message.origin = MessageOrigin::api;
    message.body = std::string{"line\n\0end", 9};
    message.quoted = QuotedMessage{MessageId{"AB12"}, Jid::hidden("900000000000003"), "earlier"};
    message.ack = Ack::played;
    message.content = {0, 1, 255};
    return message;
}

Event at(EventBody body)
{
    return Event{wall_from_milliseconds(1'700'000'000'456), std::move(body)};
}

} // namespace

TEST_CASE("a message is read back as it was stored", "[protocol][model]")
{
    CHECK(parse_message(serialize(full_message())) == full_message());
    CHECK(parse_message(serialize(Message{})) == Message{});
}

TEST_CASE("an event keeps the account and the statuses of its moment", "[protocol][model]")
{
    auto const time = wall_from_milliseconds(1'700'000'000'456);
    Event event{time,
                SessionStatusChanged{SessionStatus::working,
                                     StatusReason::logged_in,
                                     "x",
                                     {{SessionStatus::starting, time}, {SessionStatus::working, time}}}};
    event.me = OwnIdentity{Jid::phone("4917", 3), Jid::hidden("900000000000003"), "Ada", "android"};
    CHECK(parse_event(serialize(event)) == event);
    event.me->lid = Jid{};
    CHECK(parse_event(serialize(event)) == event);
    event.me.reset();
    CHECK(parse_event(serialize(event)) == event);
}

TEST_CASE("absent parts of a message stay absent", "[protocol][model]")
{
    auto message = full_message();
    message.chat_phone.reset();
    message.sender_phone.reset();
    message.quoted->participant.reset();
    CHECK(parse_message(serialize(message)) == message);
    message.quoted.reset();
    CHECK(parse_message(serialize(message)) == message);
}

TEST_CASE("why a send failed is read back as it was stored", "[protocol][model]")
{
    auto message = full_message();
    message.ack = Ack::error;
    message.failure = SendFailure{463, wall_from_milliseconds(1'800'000'000'000)};
    CHECK(parse_message(serialize(message)) == message);
    message.failure->unlock.reset();
    CHECK(parse_message(serialize(message)) == message);
    message.failure.reset();
    CHECK(parse_message(serialize(message)) == message);
}

TEST_CASE("every ack survives storage", "[protocol][model]")
{
    auto message = full_message();
    message.ack = static_cast<Ack>(GENERATE(range(-1, 5)));
    CHECK(parse_message(serialize(message)) == message);
}

TEST_CASE("every event is read back as it was stored", "[protocol][model]")
{
    auto const status = static_cast<SessionStatus>(GENERATE(range(0, 5)));
    auto const changed = at(SessionStatusChanged{status, StatusReason::logged_out_by_phone, "401"});
    CHECK(parse_event(serialize(changed)) == changed);

    auto const appeared = at(MessageAppeared{full_message()});
    CHECK(parse_event(serialize(appeared)) == appeared);

    MessageAcknowledged acknowledged;
    acknowledged.chat = Jid{"120363000000000001", JidServer::group};
    acknowledged.id = MessageId{"3EB0"};
    acknowledged.from_me = false;
    acknowledged.participant = Jid::hidden("900000000000002");
    acknowledged.ack = Ack::error;
    acknowledged.timestamp = wall_from_milliseconds(1);
    acknowledged.error = "479";
    CHECK(parse_event(serialize(at(acknowledged))) == at(acknowledged));
    acknowledged.participant.reset();
    acknowledged.chat_phone = Jid::phone("15550002222");
    CHECK(parse_event(serialize(at(acknowledged))) == at(acknowledged));
}

TEST_CASE("events about failures, health and webhooks are read back as they were stored", "[protocol][model]")
{
    MessageFailed failed{Jid::hidden("900000000000002"), Jid::phone("15550002222"), MessageId{"3EB0"},
                         SendFailure{463, wall_from_milliseconds(1'800'000'000'000)}};
    CHECK(parse_event(serialize(at(failed))) == at(failed));
    failed.chat_phone.reset();
    failed.failure = SendFailure{404, std::nullopt};
    CHECK(parse_event(serialize(at(failed))) == at(failed));

    SessionHealthChanged health{
        {true, wall_from_milliseconds(1), wall_from_milliseconds(2), Milliseconds{35}, 17}};
    CHECK(parse_event(serialize(at(health))) == at(health));
    health.health = {};
    CHECK(parse_event(serialize(at(health))) == at(health));

    auto const enabled = GENERATE(true, false);
    WebhookStateChanged const webhook{"wh_1", "https://example.org/hook", enabled, "gone"};
    CHECK(parse_event(serialize(at(webhook))) == at(webhook));
}

TEST_CASE("random events of every kind are read back as they were stored", "[protocol][model]")
{
    testing::SeededRandom random(20'260'711);
    testing::RandomEvents events(random);
    for (std::size_t kind = 0; kind < std::variant_size_v<EventBody>; ++kind) {
        INFO("alternative " << kind);
        for (int i = 0; i < 200; ++i) {
            auto const event = events.event(kind);
            REQUIRE(event.body.index() == kind);
            auto const read = parse_event(serialize(event));
            REQUIRE(read);
            REQUIRE(*read == event);
        }
    }
}

TEST_CASE("damaged events of every kind give nothing or a value, never a crash", "[protocol][model]")
{
    testing::SeededRandom random(7);
    testing::RandomEvents events(random);
    for (std::size_t kind = 0; kind < std::variant_size_v<EventBody>; ++kind) {
        auto const bytes = serialize(events.event(kind));
        for (std::size_t i = 1; i < bytes.size(); ++i) {
            auto damaged = bytes;
            damaged[i] ^= static_cast<std::uint8_t>(1 + random.below(255));
            if (auto const event = parse_event(damaged)) CHECK(parse_event(serialize(*event)) == event);
            (void)parse_event(ByteView{bytes}.first(i));
        }
    }
}

TEST_CASE("what belongs to a group or a call keeps its order", "[protocol][model]")
{
    Jid const group{"120363", JidServer::group};
    GroupJoined joined;
    joined.group.jid = group;
    GroupUpdated updated;
    updated.chat = group;
    CHECK(ordering_key(joined) == group.to_string());
    CHECK(ordering_key(updated) == ordering_key(joined));
    CHECK(ordering_key(GroupLeft{group, {}}) == ordering_key(joined));
    GroupRequestsChanged asked;
    asked.chat = group;
    CHECK(ordering_key(asked) == ordering_key(joined));
    CallChanged call;
    call.from = Jid::hidden("77");
    CHECK(ordering_key(call) == "77@lid");
    MessageReacted reacted;
    reacted.message.chat = group;
    CHECK(ordering_key(reacted) == ordering_key(joined));
}

TEST_CASE("an event counts the content and lists that it holds", "[protocol][model]")
{
    MessageRevoked revoked;
    revoked.message.body = std::string(10, 'x');
    revoked.before = Message{};
    revoked.before->content = Bytes(1'000);
    CHECK(bulk_of(revoked) >= 1'010 + sizeof(Message));
    GroupJoined joined;
    joined.group.members.resize(100);
    CHECK(bulk_of(joined) >= 100 * sizeof(GroupMember));
    CHECK(bulk_of(SessionStatusChanged{}) == 0);
}

TEST_CASE("events of one chat share an ordering key and events of the session have none", "[protocol][model]")
{
    auto const message = full_message();
    auto const key = ordering_key(MessageAppeared{message});
    CHECK(key == message.chat.to_string());
    MessageAcknowledged acknowledged;
    acknowledged.chat = message.chat;
    CHECK(ordering_key(acknowledged) == key);
    CHECK(ordering_key(MessageFailed{message.chat, std::nullopt, message.id, {}}) == key);
    CHECK(ordering_key(MessageFailed{Jid::hidden("1"), std::nullopt, message.id, {}}) != key);
    CHECK(ordering_key(SessionStatusChanged{}).empty());
    CHECK(ordering_key(SessionHealthChanged{}).empty());
    CHECK(ordering_key(WebhookStateChanged{}).empty());
}

TEST_CASE("every reason for a status survives storage and has its own name", "[protocol][model]")
{
    std::set<std::string_view> names;
    for (int number = 0; number <= 24; ++number) {
        auto const reason = static_cast<StatusReason>(number);
        auto const event = at(SessionStatusChanged{SessionStatus::failed, reason, {}});
        CHECK(parse_event(serialize(event)) == event);
        names.insert(reason_name(reason));
    }
    CHECK(names.size() == 25);
    CHECK(names.count("unknown") == 0);
}

TEST_CASE("damaged stored bytes give nothing or a value, never a crash", "[protocol][model]")
{
    auto const bytes = serialize(at(MessageAppeared{full_message()}));
    CHECK_FALSE(parse_event({}));
    CHECK_FALSE(parse_message({}));
    CHECK_FALSE(parse_event(ByteView{bytes}.first(1)));
    CHECK_FALSE(parse_event(ByteView{bytes}.first(bytes.size() - 1)));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto damaged = bytes;
        damaged[i] ^= 0xFF;
        if (auto const event = parse_event(damaged)) CHECK(parse_event(serialize(*event)) == event);
    }
}

TEST_CASE("bytes of another format version are not read", "[protocol][model]")
{
    auto bytes = serialize(full_message());
    REQUIRE(bytes.front() == 1);
    bytes.front() = 2;
    CHECK_FALSE(parse_message(bytes));
}

TEST_CASE("stored bytes of the first version keep their meaning", "[protocol][model]")
{
    // field 1 time_ms = 5; field 2 session_status {status 3, reason 11, detail "x"}
    Bytes const stored{0x01, 0x08, 0x05, 0x12, 0x07, 0x08, 0x03, 0x10, 0x0B, 0x1A, 0x01, 'x'};
    Event const event{wall_from_milliseconds(5),
                      SessionStatusChanged{SessionStatus::working, StatusReason::logged_in, "x"}};
    CHECK(parse_event(stored) == event);
    CHECK(serialize(event) == stored);
}

TEST_CASE("a status that this version does not know is not guessed", "[protocol][model]")
{
    CHECK_FALSE(parse_event(Bytes{0x01, 0x08, 0x05, 0x12, 0x04, 0x08, 0x09, 0x10, 0x0B}));
    CHECK_FALSE(parse_event(Bytes{0x01, 0x08, 0x05, 0x12, 0x04, 0x08, 0x03, 0x10, 0x63}));
}

TEST_CASE("names are WAHA's", "[protocol][model]")
{
    CHECK(status_name(SessionStatus::scan_qr_code) == "SCAN_QR_CODE");
    CHECK(status_from_name("WORKING") == SessionStatus::working);
    CHECK_FALSE(status_from_name("working"));
    for (int number = 0; number < 5; ++number) {
        auto const status = static_cast<SessionStatus>(number);
        CHECK(status_from_name(status_name(status)) == status);
    }
    CHECK(ack_name(Ack::error) == "ERROR");
    CHECK(ack_name(Ack::played) == "PLAYED");
    CHECK(reason_name(StatusReason::waiting_for_scan) == "waiting_for_scan");
    CHECK(reason_name(StatusReason::qr_expired) == "qr_timeout");
    CHECK(reason_name(StatusReason::storage_failed) == "storage_error");
    CHECK(reason_name(StatusReason::proxy_error) == "proxy_error");
    for (int number = 0; number <= 24; ++number) {
        auto const name = reason_name(static_cast<StatusReason>(number));
        CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    }
}
