#include "protocol/appstate/actions.hpp"

#include "protocol/base/encoding.hpp"
#include "tests/support/random_actions.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::appstate;

namespace {

Jid const chat = Jid::phone("15550001111");
WallTime const now = wall_from_milliseconds(1'780'000'000'123);

struct Expectation {
    Action action;
    Collection collection;
    std::int32_t version;
    std::string index;
};

std::vector<Expectation> expectations()
{
    using enum Collection;
    Jid const group{"120363000000000001", JidServer::group};
    MessageRef const in_group{group, MessageId{"3EB0"}, false, Jid::phone("15550002222")};
    MessageRef const own{chat, MessageId{"3EB1"}, true, std::nullopt};
    ContactEntry contact;
    contact.jid = chat;
    LabelEdit label;
    label.label = "7";
    return {
        {MuteChat{chat, true, {}}, regular_high, 2, R"(["mute","15550001111@s.whatsapp.net"])"},
        {PinChat{chat, true}, regular_low, 5, R"(["pin_v1","15550001111@s.whatsapp.net"])"},
        {ArchiveChat{chat, true, {}}, regular_low, 3, R"(["archive","15550001111@s.whatsapp.net"])"},
        {MarkChatAsRead{chat, true, {}}, regular_low, 3,
         R"(["markChatAsRead","15550001111@s.whatsapp.net"])"},
        {ClearChat{chat, true, false, {}}, regular_high, 6,
         R"(["clearChat","15550001111@s.whatsapp.net","1","0"])"},
        {DeleteChat{chat, true, {}}, regular_high, 6, R"(["deleteChat","15550001111@s.whatsapp.net","1"])"},
        {StarMessage{in_group, true}, regular_high, 2,
         R"(["star","120363000000000001@g.us","3EB0","0","15550002222@s.whatsapp.net"])"},
        {StarMessage{own, true}, regular_high, 2, R"(["star","15550001111@s.whatsapp.net","3EB1","1","0"])"},
        {DeleteMessageForMe{own, true, {}}, regular_high, 3,
         R"(["deleteMessageForMe","15550001111@s.whatsapp.net","3EB1","1","0"])"},
        {contact, critical_unblock_low, 2, R"(["contact","15550001111@s.whatsapp.net"])"},
        {label, regular, 3, R"(["label_edit","7"])"},
        {LabelChat{"7", chat, true}, regular, 3, R"(["label_jid","7","15550001111@s.whatsapp.net"])"},
        {LabelMessage{"7", chat, MessageId{"3EB0"}, true}, regular, 3,
         R"(["label_message","7","15550001111@s.whatsapp.net","3EB0","0","0"])"},
        {PushNameSetting{"Ann"}, critical_block, 1, R"(["setting_pushName"])"},
        {UnarchiveChatsSetting{true}, regular_low, 4, R"(["setting_unarchiveChats"])"},
        {LocaleSetting{"en"}, critical_block, 3, R"(["setting_locale"])"},
        {TimeFormatSetting{true}, regular_low, 7, R"(["time_format"])"},
        {QuickReply{"1790000000", "hi", "Hello there", {}, 0, false}, regular, 2,
         R"(["quick_reply","1790000000"])"},
        {MuteStatus{chat, true}, regular_high, 7, R"(["userStatusMute","15550001111@s.whatsapp.net"])"},
        {LinkPreviewsSetting{true}, regular, 8, R"(["setting_disableLinkPreviews"])"},
    };
}

} // namespace

TEST_CASE("each action has its collection, version and index", "[appstate]")
{
    std::set<std::size_t> kinds;
    for (auto const& expected : expectations()) {
        INFO(expected.index);
        kinds.insert(expected.action.index());
        CHECK(collection_of(expected.action) == expected.collection);
        CHECK(version_of(expected.action) == expected.version);
        CHECK(write_index(index_of(expected.action)) == expected.index);
    }
    CHECK(kinds.size() == std::variant_size_v<Action> - 1);
}

TEST_CASE("any action survives being written and read", "[appstate]")
{
    testing::SeededRandom random{1};
    std::set<std::size_t> kinds;
    for (int round = 0; round < 2000; ++round) {
        auto const action = testing::random_action(random);
        auto const read =
            read_action(Operation::set, index_of(action), write_action(action, now), version_of(action));
        INFO(write_index(index_of(action)));
        REQUIRE(read.action == action);
        CHECK(read.time == now);
        kinds.insert(action.index());
    }
    CHECK(kinds.size() == std::variant_size_v<Action> - 1);
}

TEST_CASE("a mute without end is for ever", "[appstate]")
{
    // SyncActionValue {timestamp 1, muteAction 4 {muted 1, muteEndTimestamp 2 = -1}}
    MuteChat const mute{chat, true, std::nullopt};
    CHECK(hex_encode(write_action(mute, wall_from_milliseconds(1))) == "0801220d080110ffffffffffffffffff01");
    for (auto const* value : {"22020801", "220408011000"}) // no end, end 0
        CHECK(read_action(Operation::set, index_of(mute), *hex_decode(value), 2).action == Action{mute});
}

TEST_CASE("archiving also unpins", "[appstate]")
{
    auto const archived = archive_chat(chat, true, std::nullopt);
    REQUIRE(archived.size() == 2);
    CHECK(archived[0] == Action{ArchiveChat{chat, true, std::nullopt}});
    CHECK(archived[1] == Action{PinChat{chat, false}});
    CHECK(archive_chat(chat, false, std::nullopt).size() == 1);
}

TEST_CASE("a removal needs no value", "[appstate]")
{
    for (auto const& expected : expectations()) {
        INFO(expected.index);
        auto const read = read_action(Operation::remove, index_of(expected.action), {}, expected.version);
        CHECK(read.action.index() == expected.action.index());
        CHECK(read.time == WallTime{});
    }
}

TEST_CASE("what does not fit its index stays as it is", "[appstate]")
{
    auto const value = write_action(PinChat{chat, true}, now);
    auto const stays = [&](Index const& index, ByteView bytes) {
        return read_action(Operation::set, index, bytes, 9).action ==
               Action{UnknownAction{index, to_bytes(bytes), 9}};
    };
    CHECK(stays({}, value));
    CHECK(stays({"an_action_of_the_future", "x"}, value));
    CHECK(stays({"mute", chat.to_string()}, value)); // a pin under a mute's name
    CHECK(stays({"pin_v1"}, value));
    CHECK(stays({"pin_v1", "not a jid@"}, value));
    CHECK(stays({"pin_v1", "15550001111.1@s.whatsapp.net"}, value)); // would be written without the agent
    CHECK(stays({"star", chat.to_string()}, value));
    auto const star = write_action(StarMessage{}, now);
    CHECK_FALSE(stays({"star", chat.to_string(), "3EB0", "0", "0"}, star));
    CHECK(stays({"star", chat.to_string(), "3EB0", "0", "nobody"}, star));
    CHECK(stays({"label_message", "7", chat.to_string()}, value));
    CHECK(stays({"pin_v1", chat.to_string()}, Bytes{0xff, 0xff})); // no protobuf
}

TEST_CASE("older clients leave the flags of deleted and cleared chats out", "[appstate]")
{
    auto const deleted = write_action(DeleteChat{chat, false, std::nullopt}, now);
    CHECK(read_action(Operation::set, {"deleteChat", chat.to_string()}, deleted, 6).action ==
          Action{DeleteChat{chat, false, std::nullopt}});
}

TEST_CASE("absurd times are no times", "[appstate]")
{
    // muteEndTimestamp = INT64_MAX; timestamp likewise
    auto const bytes = *hex_decode("08ffffffffffffffff7f220c080110ffffffffffffffff7f");
    auto const read = read_action(Operation::set, {"mute", chat.to_string()}, bytes, 2);
    CHECK(read.action == Action{MuteChat{chat, true, std::nullopt}});
    CHECK(read.time == WallTime{});
}

TEST_CASE("an unknown action is sent on byte for byte", "[appstate]")
{
    UnknownAction const action{{"quick_reply", "1"}, {0x08, 0x01, 0x42, 0x00}, 2};
    CHECK(write_action(action, now) == action.value);
    CHECK(version_of(action) == 2);
    CHECK_FALSE(collection_of(action));
}
