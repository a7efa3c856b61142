#include "protocol/history/reader.hpp"

#include "tests/support/history_samples.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::history;
using testing::HistorySample;

namespace {

struct Read {
    std::vector<PushName> names;
    std::vector<LidMapping> pairs;
    std::vector<StoredMessage> messages;
    std::vector<Conversation> chats;
    ErrorCode error;
};

Read read_all(ByteView packed, Part part, InflateLimits const& limits = {})
{
    Read read;
    Reader reader{std::make_shared<PackedBytes>(to_bytes(packed)), part, limits};
    for (;;) {
        auto item = reader.next();
        if (!item) {
            read.error = item.error();
            return read;
        }
        if (!*item) return read;
        if (auto* name = std::get_if<PushName>(&**item)) read.names.push_back(*name);
        if (auto* pair = std::get_if<LidMapping>(&**item)) read.pairs.push_back(*pair);
        if (auto* message = std::get_if<StoredMessage>(&**item)) read.messages.push_back(*message);
        if (auto* chat = std::get_if<Conversation>(&**item)) read.chats.push_back(*chat);
    }
}

HistorySample two_chats()
{
    proto::HistoryConversation about;
    about.set_unread_count(3);
    about.set_archived(true);
    about.set_pinned(1'700'000'100);
    about.set_mute_end_time(1'800'000'000'000);
    about.set_ephemeral_expiration(86'400);
    about.set_ephemeral_setting_timestamp(1'700'000'000);
    about.set_conversation_timestamp(1'700'000'500);
    about.set_lid_jid("77@lid");
    proto::HistoryConversation group;
    group.set_name("Mountain");
    group.set_mute_end_time(~std::uint64_t{0});
    HistorySample sample;
    sample.chat("100@s.whatsapp.net", {{"M1", "one"}, {"M2", "two", 1'700'000'001, true, 4}}, about);
    sample.chat("9@g.us", {{"M3", "three", 1'700'000'002, false, {}, "200@s.whatsapp.net"}}, group);
    sample.name("100@s.whatsapp.net", "Ann").name("200@s.whatsapp.net", "-").name("no jid at all", "Bob");
    sample.pair("100@s.whatsapp.net", "77@lid").pair("78@lid", "200@s.whatsapp.net");
    return sample;
}

} // namespace

TEST_CASE("names and pairs are read without the chats, and chats without them", "[history]")
{
    auto const packed = two_chats().packed();
    auto const names = read_all(packed, Part::names);
    CHECK_FALSE(names.error);
    REQUIRE(names.names.size() == 1);
    CHECK(names.names[0].person == Jid::phone("100"));
    CHECK(names.names[0].name == "Ann");
    REQUIRE(names.pairs.size() == 1);
    CHECK(names.pairs[0].lid == Jid::hidden("77"));
    CHECK(names.messages.empty());
    CHECK(names.chats.empty());

    auto const chats = read_all(packed, Part::chats);
    CHECK_FALSE(chats.error);
    CHECK(chats.names.empty());
    CHECK(chats.pairs.empty());
    REQUIRE(chats.messages.size() == 3);
    CHECK(chats.messages[0].chat == Jid::phone("100"));
    CHECK(chats.messages[0].id == MessageId{"M1"});
    CHECK_FALSE(chats.messages[0].from_me);
    CHECK_FALSE(chats.messages[0].status);
    CHECK(chats.messages[1].from_me);
    CHECK(chats.messages[1].status == 4);
    CHECK(chats.messages[1].timestamp == wall_from_seconds(1'700'000'001));
    CHECK(chats.messages[2].participant == Jid::phone("200"));
    proto::Message content;
    REQUIRE(content.ParseFromString(to_text(chats.messages[2].content)));
    CHECK(content.conversation() == "three");
    REQUIRE(chats.chats.size() == 2);
    auto const& chat = chats.chats[0];
    CHECK(chat.jid == Jid::phone("100"));
    CHECK(chat.lid == Jid::hidden("77"));
    CHECK_FALSE(chat.phone);
    CHECK(chat.unread == 3);
    CHECK(chat.archived);
    CHECK(chat.pinned == wall_from_seconds(1'700'000'100));
    CHECK(chat.muted_until == wall_from_seconds(1'800'000'000));
    CHECK(chat.expiration == std::chrono::seconds{86'400});
    CHECK(chat.activity == wall_from_seconds(1'700'000'500));
    CHECK(chats.chats[1].name == "Mountain");
    CHECK(chats.chats[1].muted_until > wall_from_seconds(100'000'000'000));
}

TEST_CASE("history that is cut off or no history is damaged, after what could be read", "[history]")
{
    auto const packed = two_chats().packed();
    CHECK(read_all({}, Part::chats).error == HistoryErrc::damaged);
    CHECK(read_all(to_bytes("no zlib data"), Part::chats).error == HistoryErrc::damaged);
    CHECK(read_all(ByteView{packed}.first(packed.size() - 8), Part::chats).error == HistoryErrc::damaged);
    HistorySample overlong;
    overlong.chat("100@s.whatsapp.net", {{"M1", "one"}});
    overlong.raw(std::string{"\x12\x7f\x0a", 3});
    auto const read = read_all(overlong.packed(), Part::chats);
    CHECK(read.error == HistoryErrc::damaged);
    CHECK(read.messages.size() == 1);
    HistorySample crossing; // a field of a chat that reaches beyond the chat
    crossing.raw(std::string{"\x12\x02\x0a\x05hello", 9});
    CHECK(read_all(crossing.packed(), Part::chats).error == HistoryErrc::damaged);
}

TEST_CASE("a damaged message is left out, and the others are read", "[history]")
{
    std::string chat;
    HistorySample::field(chat, 1, "100@s.whatsapp.net");
    HistorySample::field(chat, 2, "\xff\xff");
    HistorySample::field(chat, 2, {});
    HistorySample sample;
    std::string whole;
    HistorySample::field(whole, 2, chat);
    sample.raw(whole).chat("200@s.whatsapp.net", {{"M1", "one"}});
    auto const read = read_all(sample.packed(), Part::chats);
    CHECK_FALSE(read.error);
    CHECK(read.messages.size() == 1);
    CHECK(read.chats.size() == 2);
}

TEST_CASE("a bomb is refused early", "[history]")
{
    HistorySample bomb;
    std::string zeros;
    HistorySample::field(zeros, 100, std::string(64u << 20, '\0'));
    bomb.raw(zeros);
    auto const packed = bomb.packed();
    CHECK(packed.size() < 100'000);
    CHECK(read_all(packed, Part::names).error == HistoryErrc::too_large);

    InflateLimits limits;
    limits.max_bytes = 100;
    CHECK(read_all(two_chats().packed(), Part::chats, limits).error == HistoryErrc::too_large);
}

TEST_CASE("a field that is too large to hold is skipped", "[history]")
{
    testing::SeededRandom random{7};
    std::string noise;
    for (int i = 0; i < (3 << 20); ++i)
        noise += static_cast<char>(random.below(256));
    HistorySample sample;
    sample.chat("100@s.whatsapp.net", {{"M1", noise}, {"M2", "two"}});
    auto const read = read_all(sample.packed(), Part::chats);
    CHECK_FALSE(read.error);
    REQUIRE(read.messages.size() == 1);
    CHECK(read.messages[0].id == MessageId{"M2"});
    CHECK(read.chats.size() == 1);
}

TEST_CASE("any bytes of history are survived", "[history]")
{
    testing::SeededRandom random{3};
    auto const valid = two_chats();
    for (int i = 0; i < 2'000; ++i) {
        auto packed = valid.packed();
        packed[random.below(packed.size())] = static_cast<std::uint8_t>(random.below(256));
        (void)read_all(packed, Part::chats);
        HistorySample damaged;
        std::string plain;
        for (std::size_t length = random.below(60); length > 0; --length)
            plain += static_cast<char>(random.below(256));
        damaged.raw(plain);
        (void)read_all(damaged.packed(), Part::chats);
        (void)read_all(damaged.packed(), Part::names);
    }
    SUCCEED();
}
