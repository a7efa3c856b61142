#include "protocol/message/content.hpp"

#include "protocol/message/history_notification.hpp"
#include "protocol/proto/e2e.pb.h"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>
#include <zlib.h>

using namespace wagate;
using namespace wagate::message;

namespace {

Bytes bytes_of(google::protobuf::MessageLite const& message)
{
    return to_bytes(message.SerializeAsString());
}

Bytes varint(std::uint64_t value)
{
    Bytes out;
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<std::uint8_t>(value | 0x80));
    out.push_back(static_cast<std::uint8_t>(value));
    return out;
}

/// A length-delimited field that our schema need not know.
Bytes raw_field(std::uint64_t number, ByteView content)
{
    return concat({varint(number << 3 | 2), varint(content.size()), content});
}

Bytes deflated(ByteView plain)
{
    uLongf size = compressBound(static_cast<uLong>(plain.size()));
    Bytes packed(size);
    compress2(packed.data(), &size, plain.data(), static_cast<uLong>(plain.size()), 1);
    packed.resize(size);
    return packed;
}

Bytes text_message(std::string const& text)
{
    TextContent content;
    content.text = text;
    return make_text(content);
}

Bytes history_message(ByteView history)
{
    proto::Message message;
    auto& notification = *message.mutable_protocol_message()->mutable_history_sync_notification();
    message.mutable_protocol_message()->set_type(5);
    notification.set_initial_hist_bootstrap_inline_payload(to_text(deflated(history)));
    return bytes_of(message);
}

Bytes history_with_name(std::size_t ballast_bytes)
{
    proto::HistorySync history;
    auto& name = *history.add_pushnames();
    name.set_id("4915100000001@s.whatsapp.net");
    name.set_pushname("Anna");
    auto bytes = bytes_of(history);
    append(bytes, raw_field(100, Bytes(ballast_bytes)));
    return bytes;
}

} // namespace

// ------------------------------------------------------------------------ building

TEST_CASE("plain text is a conversation", "[message][content]")
{
    CHECK(text_message("hi") == Bytes{0x0A, 2, 'h', 'i'});
}

TEST_CASE("a reply carries id, author and content of what it quotes", "[message][content]")
{
    TextContent content;
    content.text = "yes";
    content.quoted = QuotedMessage{MessageId{"Q1"}, Jid::hidden("900000000000002"), "really?"};
    content.quoted_content = GENERATE(true, false) ? text_message("really?") : Bytes{};
    proto::Message message;
    REQUIRE(message.ParseFromString(to_text(make_text(content))));
    auto const& extended = message.extended_text_message();
    CHECK(extended.text() == "yes");
    CHECK(extended.context_info().stanza_id() == "Q1");
    CHECK(extended.context_info().participant() == "900000000000002@lid");
    CHECK(extended.context_info().quoted_message().conversation() == "really?");

    auto const read = parse_content(make_text(content));
    REQUIRE(read);
    CHECK(read->kind == ContentKind::text);
    CHECK(read->text == "yes");
    CHECK(read->quoted == content.quoted);
}

TEST_CASE("mentions make an extended text", "[message][content]")
{
    TextContent content;
    content.text = "@1";
    content.mentions = {"900000000000002@lid"};
    proto::Message message;
    REQUIRE(message.ParseFromString(to_text(make_text(content))));
    CHECK_FALSE(message.has_conversation());
    REQUIRE(message.extended_text_message().context_info().mentioned_jid_size() == 1);
    CHECK(message.extended_text_message().context_info().mentioned_jid(0) == "900000000000002@lid");
}

TEST_CASE("a copy for own devices wraps the message and repeats its context outside", "[message][content]")
{
    proto::Message inner;
    inner.set_conversation("hi");
    inner.mutable_message_context_info()->set_message_secret("secret");
    auto const wrapped = wrap_device_sent(Jid::hidden("900000000000002"), bytes_of(inner));
    proto::Message outer;
    REQUIRE(outer.ParseFromString(to_text(wrapped)));
    CHECK(outer.device_sent_message().destination_jid() == "900000000000002@lid");
    CHECK(outer.device_sent_message().message().conversation() == "hi");
    CHECK(outer.message_context_info().message_secret() == "secret");

    auto const read = parse_content(wrapped);
    REQUIRE(read);
    CHECK(read->device_sent_to == Jid::hidden("900000000000002"));
    CHECK(read->text == "hi");
    CHECK(read->message == bytes_of(inner));
}

TEST_CASE("the secret of a message of an own device may stand outside only", "[message][content]")
{
    proto::Message outer;
    outer.mutable_device_sent_message()->set_destination_jid("900000000000002@lid");
    outer.mutable_device_sent_message()->mutable_message()->set_conversation("hi");
    outer.mutable_message_context_info()->set_message_secret("secret");
    auto const read = parse_content(bytes_of(outer)).value();
    proto::Message inner;
    REQUIRE(inner.ParseFromString(to_text(read.message)));
    CHECK(inner.message_context_info().message_secret() == "secret");
}

TEST_CASE("fields that we do not know survive the wrapping", "[message][content]")
{
    auto const image = raw_field(3, view("an image"));
    auto const read = parse_content(wrap_device_sent(Jid::hidden("900000000000002"), image));
    REQUIRE(read);
    CHECK(read->message == image);
    CHECK(read->kind == ContentKind::other);
}

TEST_CASE("a key distribution names its group", "[message][content]")
{
    auto const group = Jid::parse("120363000000000001@g.us").value();
    auto const read = parse_content(make_sender_key_distribution(group, Bytes{1, 2, 3}));
    REQUIRE(read);
    CHECK(read->kind == ContentKind::control);
    REQUIRE(read->distribution);
    CHECK(read->distribution->group == "120363000000000001@g.us");
    CHECK(read->distribution->bytes == Bytes{1, 2, 3});
}

// ------------------------------------------------------------------------ reading

TEST_CASE("wrappers that only say how to show a message are taken off", "[message][content]")
{
    auto const field = GENERATE(37, 40, 53, 55, 59);
    INFO("wrapper " << field);
    auto const read =
        parse_content(raw_field(static_cast<std::uint64_t>(field), raw_field(1, text_message("inside"))));
    REQUIRE(read);
    CHECK(read->kind == ContentKind::text);
    CHECK(read->text == "inside");
}

TEST_CASE("wrappers are taken off up to a limit", "[message][content]")
{
    auto message = text_message("inside");
    for (int i = 0; i < 5; ++i)
        message = raw_field(40, raw_field(1, message));
    CHECK(parse_content(message)->text == "inside");
    message = raw_field(40, raw_field(1, message));
    auto const deeper = parse_content(message);
    REQUIRE(deeper);
    CHECK(deeper->kind == ContentKind::other);
    CHECK(deeper->text.empty());
}

TEST_CASE("absurd nesting is no message", "[message][content]")
{
    auto message = text_message("inside");
    for (int i = 0; i < 60; ++i)
        message = raw_field(40, raw_field(1, message));
    CHECK_FALSE(parse_content(message));
}

TEST_CASE("fields that accompany or change other messages are control", "[message][content]")
{
    auto const field = GENERATE(2, 12, 35, 46, 50, 51, 56, 63, 71, 76, 82);
    INFO("field " << field);
    auto const read = parse_content(raw_field(static_cast<std::uint64_t>(field), {}));
    REQUIRE(read);
    CHECK(read->kind == ContentKind::control);
}

TEST_CASE("content of its own that we cannot read is kept as other", "[message][content]")
{
    auto const field = GENERATE(3, 4, 5, 7, 8, 9, 26, 49);
    INFO("field " << field);
    auto const read = parse_content(raw_field(static_cast<std::uint64_t>(field), {}));
    REQUIRE(read);
    CHECK(read->kind == ContentKind::other);
}

TEST_CASE("a text with context beside it is a text", "[message][content]")
{
    auto bytes = text_message("hi");
    append(bytes, raw_field(35, {}));
    CHECK(parse_content(bytes)->kind == ContentKind::text);
}

TEST_CASE("an empty message is control", "[message][content]")
{
    CHECK(parse_content({})->kind == ContentKind::control);
}

TEST_CASE("bytes that are no message give nothing", "[message][content]")
{
    CHECK_FALSE(parse_content(Bytes{0xFF}));
    CHECK_FALSE(parse_content(Bytes{0x0A, 5, 'h', 'i'}));
    CHECK_FALSE(parse_content(raw_field(31, raw_field(1, view("no jid at all!")))));
}

TEST_CASE("any bytes are survived", "[message][content]")
{
    testing::SeededRandom random{3};
    auto const valid =
        wrap_device_sent(Jid::hidden("900000000000002"), history_message(history_with_name(10)));
    for (int i = 0; i < 3'000; ++i) {
        auto bytes = valid;
        bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
        bytes.resize(bytes.size() - random.below(4));
        (void)parse_content(bytes);
    }
    SUCCEED();
}

TEST_CASE("app-state keys are read with their whole data", "[message][content]")
{
    proto::Message message;
    auto& share = *message.mutable_protocol_message()->mutable_app_state_sync_key_share();
    message.mutable_protocol_message()->set_type(6);
    auto& key = *share.add_keys();
    key.mutable_key_id()->set_key_id(std::string{"\0\0\0\1", 4});
    key.mutable_key_data()->set_key_data("0123456789abcdef0123456789abcdef");
    share.add_keys()->mutable_key_data()->set_key_data("a key without id");
    auto const read = parse_content(bytes_of(message));
    REQUIRE(read);
    CHECK(read->protocol_type == 6);
    REQUIRE(read->phone.app_state_keys.size() == 1);
    CHECK(read->phone.app_state_keys[0].id == Bytes{0, 0, 0, 1});
    CHECK(read->phone.app_state_keys[0].data == bytes_of(key.key_data()));
}

TEST_CASE("a history notification is handed on as a whole", "[message][content]")
{
    auto const read = parse_content(history_message(history_with_name(10)));
    REQUIRE(read);
    CHECK(read->kind == ContentKind::control);
    REQUIRE(read->phone.is_history_notification);
    auto const notification = parse_history_notification(read->phone.history);
    REQUIRE(notification);
    CHECK(notification->packed == deflated(history_with_name(10)));
    CHECK_FALSE(notification->file);
}

TEST_CASE("a history notification names the file that holds the piece", "[message][content]")
{
    proto::Message::HistorySyncNotification sent;
    sent.set_sync_type(2);
    sent.set_chunk_order(7);
    sent.set_progress(40);
    sent.set_direct_path("/v/t1");
    sent.set_media_key("key");
    sent.set_file_sha256("plain");
    sent.set_file_enc_sha256("sealed");
    sent.set_file_length(12);
    auto const read = parse_history_notification(bytes_of(sent));
    REQUIRE(read);
    CHECK(read->type == 2);
    CHECK(read->chunk == 7);
    CHECK(read->progress == 40);
    REQUIRE(read->file);
    CHECK(read->file->direct_path == "/v/t1");
    CHECK(to_text(read->file->media_key) == "key");
    CHECK(to_text(read->file->sha256) == "plain");
    CHECK(to_text(read->file->encrypted_sha256) == "sealed");
    CHECK(read->file->bytes == 12);
    CHECK_FALSE(parse_history_notification(Bytes{0xFF}));
}

TEST_CASE("the migration sync prefers the latest hidden id and skips zeros", "[message][content]")
{
    proto::LidMigrationMappingSyncPayload payload;
    auto const add = [&](std::uint64_t pn, std::uint64_t assigned, std::uint64_t latest) {
        auto& mapping = *payload.add_pn_to_lid_mappings();
        mapping.set_pn(pn);
        mapping.set_assigned_lid(assigned);
        if (latest != 0) mapping.set_latest_lid(latest);
    };
    add(4915100000001, 900000000000001, 0);
    add(4915100000002, 900000000000002, 900000000000009);
    add(0, 900000000000003, 0);
    add(4915100000004, 0, 0);
    proto::Message message;
    message.mutable_protocol_message()
        ->mutable_lid_migration_mapping_sync_message()
        ->set_encoded_mapping_payload(payload.SerializeAsString());
    auto const read = parse_content(bytes_of(message));
    REQUIRE(read);
    CHECK(read->phone.lid_mappings ==
          std::vector<std::pair<std::string, std::string>>{{"4915100000001", "900000000000001"},
                                                           {"4915100000002", "900000000000009"}});
}

TEST_CASE("a request for a message names it for the phone", "[message][content]")
{
    ResendKey key{Jid{"120363000000000001", JidServer::group}, MessageId{"3EB0AA"}, false,
                  Jid::hidden("900000000000002")};
    proto::Message request;
    auto const read = [&](ResendKey const& asked) {
        auto const bytes = make_resend_request(asked);
        REQUIRE(request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
        CHECK(request.protocol_message().type() == 16);
        auto const& operation = request.protocol_message().peer_data_operation_request_message();
        CHECK(operation.peer_data_operation_request_type() == 4);
        REQUIRE(operation.placeholder_message_resend_request_size() == 1);
        return operation.placeholder_message_resend_request(0).message_key();
    };
    auto const of_group = read(key);
    CHECK(of_group.remote_jid() == "120363000000000001@g.us");
    CHECK(of_group.id() == "3EB0AA");
    CHECK_FALSE(of_group.from_me());
    CHECK(of_group.participant() == "900000000000002@lid");
    key.participant.reset();
    key.from_me = true;
    CHECK_FALSE(read(key).has_participant());
    CHECK(read(key).from_me());
}

TEST_CASE("the phone's answer is read as far as it has the messages", "[message][content]")
{
    proto::Message answer;
    auto& protocol = *answer.mutable_protocol_message();
    protocol.set_type(17);
    auto& response = *protocol.mutable_peer_data_operation_request_response_message();
    response.set_stanza_id("REQUEST");
    proto::WebMessageInfo info;
    info.mutable_key()->set_id("3EB0AA");
    info.mutable_message()->set_conversation("hello");
    info.set_message_timestamp(1'790'000'000);
    info.set_push_name("Ben");
    auto const add = [&](std::string const& bytes) {
        response.add_peer_data_operation_result()
            ->mutable_placeholder_message_resend_response()
            ->set_web_message_info_bytes(bytes);
    };
    add(info.SerializeAsString());
    response.add_peer_data_operation_result(); // it does not have this one
    add("damaged");
    info.clear_message();
    add(info.SerializeAsString());
    info.mutable_message()->set_conversation("of nobody");
    info.clear_key();
    add(info.SerializeAsString());
    auto const content = parse_content(bytes_of(answer)).value();
    CHECK(content.kind == ContentKind::control);
    CHECK_FALSE(content.phone.empty());
    REQUIRE(content.phone.resent.size() == 1);
    auto const& resent = content.phone.resent[0];
    CHECK(resent.request == MessageId{"REQUEST"});
    CHECK(resent.id == MessageId{"3EB0AA"});
    CHECK(resent.timestamp == wall_from_seconds(1'790'000'000));
    CHECK(resent.push_name == "Ben");
    CHECK(parse_content(resent.content)->text == "hello");
}
