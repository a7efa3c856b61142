#include "protocol/message/content.hpp"

#include "protocol/proto/codec.hpp"
#include "protocol/proto/e2e.pb.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace wagate::message {
namespace {

constexpr int max_proto_depth = 50;
constexpr int max_unwrap_depth = 5;

// Numbers of ProtocolMessage.type and of PeerDataOperationRequestType (5.12).
constexpr std::int32_t peer_data_request = 16;
constexpr std::int32_t placeholder_resend = 4;
constexpr std::int32_t snapshot_recovery = 8;

template <class T>
bool parse(T& target, ByteView bytes)
{
    return proto::decode(target, bytes, max_proto_depth);
}

/// Top-level field numbers of a serialized message, in order; damaged input ends the list.
std::vector<int> top_level_fields(ByteView bytes)
{
    std::vector<int> fields;
    google::protobuf::io::CodedInputStream input(bytes.data(), static_cast<int>(bytes.size()));
    while (auto const tag = input.ReadTag()) {
        fields.push_back(static_cast<int>(tag >> 3));
        std::uint32_t length = 0;
        std::uint64_t ignored = 0;
        std::uint32_t ignored32 = 0;
        bool ok = false;
        switch (tag & 7) {
        case 0: ok = input.ReadVarint64(&ignored); break;
        case 1: ok = input.ReadLittleEndian64(&ignored); break;
        case 2: ok = input.ReadVarint32(&length) && input.Skip(static_cast<int>(length)); break;
        case 5: ok = input.ReadLittleEndian32(&ignored32); break;
        default: break;
        }
        if (!ok) break;
    }
    return fields;
}

/// Fields that change or accompany other messages instead of being one (7.11).
bool is_control_field(int field)
{
    switch (field) {
    case 2:  // senderKeyDistributionMessage
    case 12: // protocolMessage
    case 15: // fast ratchet key distribution
    case 35: // messageContextInfo
    case 46: // reactionMessage
    case 50: // pollUpdateMessage
    case 51: // keepInChatMessage
    case 56: // encReactionMessage
    case 63: // pinInChatMessage
    case 71: // encCommentMessage
    case 76: // encEventResponseMessage
    case 82: // secretEncryptedMessage
        return true;
    default: return false;
    }
}

std::string text_of(proto::Message const& message)
{
    if (message.has_conversation()) return message.conversation();
    if (message.has_extended_text_message()) return message.extended_text_message().text();
    return {};
}

std::optional<QuotedMessage> quoted_of(proto::Message const& message)
{
    if (!message.has_extended_text_message() || !message.extended_text_message().has_context_info())
        return std::nullopt;
    auto const& context = message.extended_text_message().context_info();
    if (!context.has_stanza_id()) return std::nullopt;
    QuotedMessage quoted;
    quoted.id = MessageId{context.stanza_id()};
    if (auto participant = Jid::parse(context.participant())) quoted.participant = participant->bare();
    quoted.body = text_of(context.quoted_message());
    return quoted;
}

/// Inner message of wrappers that only say how to show it.
proto::Message const& unwrap(proto::Message const& message, int depth = 0)
{
    if (depth >= max_unwrap_depth) return message;
    auto const inner = [&](proto::FutureProofMessage const& wrapper) -> proto::Message const& {
        return unwrap(wrapper.message(), depth + 1);
    };
    if (message.has_ephemeral_message()) return inner(message.ephemeral_message());
    if (message.has_view_once_message()) return inner(message.view_once_message());
    if (message.has_view_once_message_v2()) return inner(message.view_once_message_v2());
    if (message.has_view_once_message_v2_extension()) return inner(message.view_once_message_v2_extension());
    if (message.has_document_with_caption_message()) return inner(message.document_with_caption_message());
    return message;
}

void read_resent(PhoneContent& phone, proto::Message::PeerDataOperationRequestResponseMessage const& response)
{
    for (auto const& result : response.peer_data_operation_result()) {
        if (!result.has_placeholder_message_resend_response()) continue;
        proto::WebMessageInfo info;
        if (!parse(info, view(result.placeholder_message_resend_response().web_message_info_bytes())) ||
            info.key().id().empty() || !info.has_message())
            continue; // the phone does not have it either
        ResentMessage resent;
        resent.request = MessageId{response.stanza_id()};
        resent.id = MessageId{info.key().id()};
        resent.timestamp = wall_from_seconds(static_cast<std::int64_t>(info.message_timestamp()));
        resent.push_name = info.push_name();
        resent.content = proto::encode(info.message());
        phone.resent.push_back(std::move(resent));
    }
}

void read_recovered(PhoneContent& phone,
                    proto::Message::PeerDataOperationRequestResponseMessage const& response)
{
    if (response.peer_data_operation_request_type() != snapshot_recovery) return;
    for (auto const& result : response.peer_data_operation_result()) {
        if (!result.has_syncd_snapshot_fatal_recovery_response()) continue;
        auto const& snapshot = result.syncd_snapshot_fatal_recovery_response();
        phone.recovered =
            RecoveredSnapshot{MessageId{response.stanza_id()}, to_bytes(snapshot.collection_snapshot()),
                              snapshot.is_compressed()};
        return;
    }
}

void read_protocol_message(Content& content, proto::Message::ProtocolMessage const& message)
{
    content.protocol_type = message.type();
    if (message.has_app_state_sync_key_share()) {
        for (auto const& key : message.app_state_sync_key_share().keys()) {
            if (key.key_id().key_id().empty()) continue;
            content.phone.app_state_keys.push_back(
                {to_bytes(key.key_id().key_id()), proto::encode(key.key_data())});
        }
    }
    if (message.has_history_sync_notification()) {
        content.phone.is_history_notification = true;
        content.phone.history = proto::encode(message.history_sync_notification());
    }
    if (message.has_peer_data_operation_request_response_message()) {
        read_resent(content.phone, message.peer_data_operation_request_response_message());
        read_recovered(content.phone, message.peer_data_operation_request_response_message());
    }
    if (message.has_lid_migration_mapping_sync_message()) {
        proto::LidMigrationMappingSyncPayload payload;
        if (parse(payload, view(message.lid_migration_mapping_sync_message().encoded_mapping_payload()))) {
            for (auto const& mapping : payload.pn_to_lid_mappings()) {
                auto const lid = mapping.latest_lid() != 0 ? mapping.latest_lid() : mapping.assigned_lid();
                if (mapping.pn() != 0 && lid != 0)
                    content.phone.lid_mappings.emplace_back(std::to_string(mapping.pn()),
                                                            std::to_string(lid));
            }
        }
    }
}

} // namespace

Bytes make_text(TextContent const& content)
{
    proto::Message message;
    if (!content.quoted && content.mentions.empty()) {
        message.set_conversation(content.text);
        return proto::encode(message);
    }
    auto& extended = *message.mutable_extended_text_message();
    extended.set_text(content.text);
    auto& context = *extended.mutable_context_info();
    for (auto const& mention : content.mentions)
        context.add_mentioned_jid(mention);
    if (content.quoted) {
        context.set_stanza_id(content.quoted->id.value);
        if (content.quoted->participant) context.set_participant(content.quoted->participant->to_string());
        auto& quoted = *context.mutable_quoted_message();
        if (content.quoted_content.empty() || !parse(quoted, content.quoted_content)) {
            quoted.Clear();
            quoted.set_conversation(content.quoted->body);
        }
    }
    return proto::encode(message);
}

Bytes wrap_device_sent(Jid const& destination, ByteView message)
{
    proto::Message inner;
    parse(inner, message);
    proto::Message outer;
    auto& sent = *outer.mutable_device_sent_message();
    sent.set_destination_jid(destination.to_string());
    if (inner.has_message_context_info())
        *outer.mutable_message_context_info() = inner.message_context_info();
    sent.mutable_message()->Swap(&inner);
    return proto::encode(outer);
}

Bytes make_resend_request(ResendKey const& key)
{
    proto::Message message;
    auto& protocol = *message.mutable_protocol_message();
    protocol.set_type(peer_data_request);
    auto& request = *protocol.mutable_peer_data_operation_request_message();
    request.set_peer_data_operation_request_type(placeholder_resend);
    auto& named = *request.add_placeholder_message_resend_request()->mutable_message_key();
    named.set_remote_jid(key.chat.to_string());
    named.set_from_me(key.from_me);
    named.set_id(key.id.value);
    if (key.participant) named.set_participant(key.participant->to_string());
    return proto::encode(message);
}

Bytes make_sender_key_distribution(Jid const& group, ByteView distribution)
{
    proto::Message message;
    auto& sent = *message.mutable_sender_key_distribution_message();
    sent.set_group_id(group.to_string());
    sent.set_axolotl_sender_key_distribution_message(to_text(distribution));
    return proto::encode(message);
}

std::optional<Content> parse_content(ByteView plaintext)
{
    proto::Message outer;
    if (!parse(outer, plaintext)) return std::nullopt;
    Content content;
    proto::Message const* message = &outer;
    if (outer.has_device_sent_message()) {
        content.device_sent_to = Jid::parse(outer.device_sent_message().destination_jid());
        if (!content.device_sent_to) return std::nullopt;
        auto& inner = *outer.mutable_device_sent_message()->mutable_message();
        // The secret of a poll, for example, may stand outside only.
        if (!inner.has_message_context_info() && outer.has_message_context_info())
            *inner.mutable_message_context_info() = outer.message_context_info();
        message = &inner;
    }
    content.message = proto::encode(*message);
    if (message->has_sender_key_distribution_message()) {
        auto const& sent = message->sender_key_distribution_message();
        content.distribution =
            SenderKeyDistribution{sent.group_id(), to_bytes(sent.axolotl_sender_key_distribution_message())};
    }
    if (message->has_protocol_message()) read_protocol_message(content, message->protocol_message());
    auto const& shown = unwrap(*message);
    if (shown.has_conversation() || shown.has_extended_text_message()) {
        content.kind = ContentKind::text;
        content.text = text_of(shown);
        content.quoted = quoted_of(shown);
    } else {
        auto const fields = top_level_fields(proto::encode(shown));
        auto const is_message =
            std::any_of(fields.begin(), fields.end(), [](int field) { return !is_control_field(field); });
        content.kind = is_message ? ContentKind::other : ContentKind::control;
    }
    return content;
}

} // namespace wagate::message
