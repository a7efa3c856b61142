#include "protocol/message/history_notification.hpp"

#include "protocol/proto/codec.hpp"
#include "protocol/proto/e2e.pb.h"

namespace wagate::message {
namespace {

// ProtocolMessage.type and PeerDataOperationRequestType
constexpr int peer_data_request = 16;
constexpr int history_on_demand = 3;

} // namespace

std::optional<HistoryNotification> parse_history_notification(ByteView bytes)
{
    proto::Message::HistorySyncNotification read;
    if (!proto::decode(read, bytes)) return std::nullopt;
    HistoryNotification notification;
    notification.type = read.sync_type();
    notification.chunk = static_cast<std::int32_t>(read.chunk_order());
    notification.progress = static_cast<std::int32_t>(read.progress());
    notification.packed = to_bytes(read.initial_hist_bootstrap_inline_payload());
    if (notification.packed.empty() && !read.direct_path().empty()) {
        HistoryFile file;
        file.direct_path = read.direct_path();
        file.media_key = to_bytes(read.media_key());
        file.sha256 = to_bytes(read.file_sha256());
        file.encrypted_sha256 = to_bytes(read.file_enc_sha256());
        file.bytes = read.file_length();
        file.encrypted_handle = read.enc_handle();
        notification.file = std::move(file);
    }
    notification.replaces = read.original_message_id();
    notification.request = read.peer_data_request_session_id();
    return notification;
}

Bytes with_history_path(ByteView bytes, std::string const& direct_path)
{
    proto::Message::HistorySyncNotification read;
    if (!proto::decode(read, bytes)) return to_bytes(bytes);
    read.set_direct_path(direct_path);
    return proto::encode(read);
}

Bytes make_history_request(HistoryRequest const& request)
{
    proto::Message message;
    auto& protocol = *message.mutable_protocol_message();
    protocol.set_type(peer_data_request);
    auto& asked = *protocol.mutable_peer_data_operation_request_message();
    asked.set_peer_data_operation_request_type(history_on_demand);
    auto& older = *asked.mutable_history_sync_on_demand_request();
    older.set_chat_jid(request.chat);
    older.set_oldest_msg_id(request.oldest_id);
    older.set_oldest_msg_from_me(request.oldest_from_me);
    older.set_on_demand_msg_count(request.count);
    older.set_oldest_msg_timestamp_ms(request.oldest_seconds); // in seconds, whatever it is called
    return proto::encode(message);
}

} // namespace wagate::message
