#include "protocol/message/raw_message.hpp"

#include "protocol/message/body.hpp"
#include "protocol/message/compose.hpp"
#include "protocol/message/wire.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/e2e.pb.h"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::message;

namespace {

using Raw = proto::Message;

Bytes text(std::string const& words)
{
    Raw raw;
    raw.set_conversation(words);
    return proto::encode(raw);
}

MessageReference some_message()
{
    return {Jid::phone("4915100000002"), true, MessageId{"3EB0"}, std::nullopt};
}

/// A wrapper around a message.
Bytes wrapped(int field, Bytes const& inner)
{
    Bytes holder;
    append_field(holder, 1, inner);
    Bytes out;
    append_field(out, field, holder);
    return out;
}

Raw::ProtocolMessage& notice(Raw& raw, int type)
{
    auto& content = *raw.mutable_protocol_message();
    content.set_type(type);
    return content;
}

} // namespace

TEST_CASE("content of known and unknown kinds may be sent as it is", "[message][raw]")
{
    CHECK_FALSE(refuse_raw(text("hello")));
    CHECK_FALSE(refuse_raw(wrapped(40, text("disappearing"))));
    Bytes unknown;
    append_field(unknown, 900, view(std::string_view{"a kind of tomorrow"}));
    CHECK_FALSE(refuse_raw(unknown));
    TypedMessage revoke;
    revoke.body = Revoke{some_message()};
    CHECK_FALSE(refuse_raw(build_message(revoke)));
    CHECK_FALSE(refuse_raw(build_message(new_edit(some_message(), TypedMessage{Text{"new", {}, {}}, {}, {}},
                                                  wall_from_seconds(1'790'000'000)))));
    Raw with_context;
    with_context.set_conversation("hello");
    with_context.mutable_message_context_info();
    CHECK_FALSE(refuse_raw(proto::encode(with_context)));
}

TEST_CASE("what is no message, or more than one, is not sent", "[message][raw]")
{
    CHECK(refuse_raw({}));
    CHECK(refuse_raw(to_bytes(std::string_view{"\xFF\xFF\xFF"})));
    Raw only_context;
    only_context.mutable_message_context_info();
    CHECK(refuse_raw(proto::encode(only_context)));
    auto twice = text("one");
    append(twice, text("two"));
    CHECK(refuse_raw(twice));
    Bytes damaged;
    append_field(damaged, 6, to_bytes(std::string_view{"\x0A\xFF"})); // an extended text that ends too early
    CHECK(refuse_raw(damaged));
    auto deep = text("deep");
    for (int i = 0; i < 20; ++i)
        deep = wrapped(40, deep);
    CHECK(refuse_raw(deep));
}

TEST_CASE("what own devices take a phone's word for is not sent, wherever it hides", "[message][raw]")
{
    std::vector<Bytes> forged;
    Raw history;
    notice(history, 5).mutable_history_sync_notification()->set_sync_type(3);
    forged.push_back(proto::encode(history));
    Raw under_another_type;
    notice(under_another_type, 0).mutable_history_sync_notification()->set_sync_type(3);
    forged.push_back(proto::encode(under_another_type));
    Raw keys;
    notice(keys, 6).mutable_app_state_sync_key_share();
    forged.push_back(proto::encode(keys));
    Raw answer;
    notice(answer, 17).mutable_peer_data_operation_request_response_message();
    forged.push_back(proto::encode(answer));
    Raw unknown_type;
    notice(unknown_type, 99);
    forged.push_back(proto::encode(unknown_type));
    Raw sender_key;
    sender_key.set_conversation("hello");
    sender_key.mutable_sender_key_distribution_message()->set_group_id("120363@g.us");
    forged.push_back(proto::encode(sender_key));
    Raw copy;
    copy.mutable_device_sent_message()->set_destination_jid("4915100000002@s.whatsapp.net");
    forged.push_back(proto::encode(copy));
    Raw edit;
    *notice(edit, 14).mutable_edited_message() = history;
    forged.push_back(proto::encode(edit));
    for (auto const& one : forged) {
        CHECK(refuse_raw(one));
        CHECK(refuse_raw(wrapped(40, one)));
        auto beside = text("look here");
        append(beside, one);
        CHECK(refuse_raw(beside));
    }
}
