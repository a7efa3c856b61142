// The duties of a primary device for its companions: first messages and requests
// (protocol.md 9.3, 9.7, 11.7, 5.12).
#include "protocol/appstate/recovery.hpp"
#include "protocol/proto/e2e.pb.h"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/routing.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <zlib.h>

#include <algorithm>

namespace wagate::sandbox {

using binary::Node;

namespace {

// ProtocolMessage.type
constexpr int history_sync_notification = 5;
constexpr int app_state_sync_key_request = 7;
constexpr int initial_security_notification_setting_sync = 9;
constexpr int peer_data_operation_request = 16;
constexpr int peer_data_operation_response = 17;
constexpr int lid_migration_mapping_sync = 22;

// HistorySync.syncType
constexpr int initial_bootstrap = 0;
constexpr int push_names = 4;

// PeerDataOperationRequestType
constexpr int history_on_demand = 3;
constexpr int placeholder_resend = 4;
constexpr int snapshot_recovery = 8;

constexpr int most_on_demand = 50;

using google::protobuf::io::CodedOutputStream;

void write_bytes_field(CodedOutputStream& out, std::uint32_t number, std::string_view value)
{
    out.WriteVarint32(number << 3 | 2);
    out.WriteVarint32(static_cast<std::uint32_t>(value.size()));
    out.WriteRaw(value.data(), static_cast<int>(value.size()));
}

void write_varint_field(CodedOutputStream& out, std::uint32_t number, std::uint64_t value)
{
    out.WriteVarint32(number << 3);
    out.WriteVarint64(value);
}

/// Serializes fields that our schema does not name.
template <class Write>
std::string raw_fields(Write&& write)
{
    std::string bytes;
    google::protobuf::io::StringOutputStream stream(&bytes);
    CodedOutputStream out(&stream);
    write(out);
    out.Trim();
    return bytes;
}

std::string deflated(std::string const& text)
{
    auto size = compressBound(text.size());
    std::string out(size, '\0');
    compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<Bytef const*>(text.data()),
              text.size(), Z_BEST_SPEED);
    out.resize(size);
    return out;
}

} // namespace

std::string Phone::send_peer(std::uint16_t device, proto::Message const& content)
{
    Bytes bytes(content.ByteSizeLong());
    content.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
    return send_peer(device, std::move(bytes));
}

std::string Phone::send_peer(std::uint16_t device, Bytes bytes)
{
    auto enc = encrypt_for(account_, device, bytes);
    if (!enc) return {};
    Sent sent;
    sent.to = &account_;
    sent.form = JidServer::user;
    sent.peer = true;
    sent.timestamp = network_.now_seconds();
    sent.content = std::move(bytes);
    auto const id = new_id();
    remember(id, sent);
    Node stanza{"message"};
    stanza.set("to", account_.phone_jid(device)).set("id", id).set("type", "text").set("category", "peer");
    Node meta{"meta"};
    meta.set("appdata", "default");
    stanza.add(std::move(meta)).add(std::move(*enc));
    route_message(network_, {&account_, 0}, stanza);
    return id;
}

void Phone::sync_companion(std::uint16_t device)
{
    network_.count("phone_companion_syncs");
    {
        // initialSecurityNotificationSettingSync(9){securityNotificationEnabled(1)}
        proto::Message message;
        auto& protocol = *message.mutable_protocol_message();
        protocol.set_type(initial_security_notification_setting_sync);
        auto const setting = raw_fields([](CodedOutputStream& out) { write_varint_field(out, 1, 0); });
        *protocol.mutable_unknown_fields() =
            raw_fields([&](CodedOutputStream& out) { write_bytes_field(out, 9, setting); });
        send_peer(device, message);
    }
    share_app_state_keys(device);
    send_lid_mappings(device);
    send_history(device, initial_bootstrap);
    send_history(device, push_names);
    if (history) send_history_chunks(device, *history, initial_bootstrap);
}

void Phone::share_app_state_keys(std::uint16_t device)
{
    auto keys = app_state_.keys();
    for (auto& key : keys) {
        key.raw_id = account_.raw_id;
        key.current_index = account_.next_key_index - 1;
        for (auto const& [id, state] : account_.devices)
            key.device_indexes.push_back(state->key_index);
    }
    send_peer(device, appstate::key_share_message(keys));
}

void Phone::rotate_app_state_key(bool share)
{
    app_state_.rotate_key();
    if (!share) return;
    for (auto const& [id, device] : account_.devices)
        if (id != 0) share_app_state_keys(id);
}

void Phone::send_lid_mappings(std::uint16_t device)
{
    proto::LidMigrationMappingSyncPayload payload;
    payload.set_chat_db_migration_timestamp(
        static_cast<std::uint64_t>(unix_seconds(app_state_.keys().front().created)));
    auto const add = [&](Account const& account) {
        auto& mapping = *payload.add_pn_to_lid_mappings();
        mapping.set_pn(std::stoull(account.phone));
        mapping.set_assigned_lid(std::stoull(account.lid));
    };
    add(account_);
    for (auto const* contact : account_.contacts)
        add(*contact);
    proto::Message message;
    auto& protocol = *message.mutable_protocol_message();
    protocol.set_type(lid_migration_mapping_sync);
    protocol.mutable_lid_migration_mapping_sync_message()->set_encoded_mapping_payload(
        payload.SerializeAsString());
    send_peer(device, message);
}

void Phone::send_history(std::uint16_t device, int sync_type)
{
    proto::HistorySync sync;
    sync.set_sync_type(sync_type);
    sync.set_chunk_order(1);
    sync.set_progress(100);
    auto const add_name = [&](Account const& account) {
        if (account.push_name.empty()) return;
        auto& name = *sync.add_pushnames();
        name.set_id(account.phone_jid().to_string());
        name.set_pushname(account.push_name);
    };
    auto const add_mapping = [&](Account const& account) {
        auto& mapping = *sync.add_phone_number_to_lid_mappings();
        mapping.set_pn_jid(account.phone_jid().to_string());
        mapping.set_lid_jid(account.lid_jid().to_string());
    };
    if (sync_type == push_names) add_name(account_);
    for (auto const* contact : account_.contacts) {
        if (sync_type == push_names)
            add_name(*contact);
        else
            add_mapping(*contact);
    }
    proto::Message message;
    auto& protocol = *message.mutable_protocol_message();
    protocol.set_type(history_sync_notification);
    auto& notice = *protocol.mutable_history_sync_notification();
    notice.set_sync_type(sync_type);
    notice.set_chunk_order(1);
    notice.set_progress(100);
    notice.set_initial_hist_bootstrap_inline_payload(deflated(sync.SerializeAsString()));
    send_peer(device, message);
}

void Phone::on_peer_message(message::Content const& content, std::string const& id, std::uint16_t device)
{
    network_.count("phone_peer_messages");
    if (content.protocol_type == app_state_sync_key_request) return share_app_state_keys(device);
    if (content.protocol_type != peer_data_operation_request) return;
    proto::Message message;
    if (!message.ParseFromArray(content.message.data(), static_cast<int>(content.message.size()))) return;
    answer_data_request(message, id, device);
}

void Phone::answer_data_request(proto::Message const& content, std::string const& request_id,
                                std::uint16_t device)
{
    auto const& request = content.protocol_message().peer_data_operation_request_message();
    if (request.peer_data_operation_request_type() == history_on_demand) {
        auto const& asked = request.history_sync_on_demand_request();
        auto const chat = Jid::parse(asked.chat_jid());
        auto const count = std::clamp(asked.on_demand_msg_count(), 1, most_on_demand);
        auto chunk = chat ? older_messages(*chat, asked.oldest_msg_id(), static_cast<std::uint32_t>(count))
                          : std::nullopt;
        network_.count("phone_history_requests");
        if (!chunk) return; // as phones: who names nothing that it knows is not answered
        chunk->request = request_id;
        send_history_piece(device, *chunk, HistoryCarrier::usual);
        return;
    }
    if (request.peer_data_operation_request_type() == snapshot_recovery) {
        auto const collection = appstate::parse_recovery_request(view(content.SerializeAsString()));
        auto const packed = collection ? app_state_.recovery(*collection) : std::nullopt;
        network_.count("phone_app_state_recoveries");
        send_peer(device, appstate::recovery_answer_message(
                              request_id, packed ? std::optional<ByteView>{*packed} : std::nullopt, true));
        return;
    }
    if (request.peer_data_operation_request_type() != placeholder_resend) return;
    proto::Message answer;
    auto& protocol = *answer.mutable_protocol_message();
    protocol.set_type(peer_data_operation_response);
    auto& response = *protocol.mutable_peer_data_operation_request_response_message();
    response.set_peer_data_operation_request_type(placeholder_resend);
    response.set_stanza_id(request_id);
    for (auto const& wanted : request.placeholder_message_resend_request()) {
        auto const* message = find_message(wanted.message_key().id());
        if (message == nullptr) continue;
        // WebMessageInfo{key 1, message 2, messageTimestamp 3}
        auto const info = raw_fields([&](CodedOutputStream& out) {
            write_bytes_field(out, 1, wanted.message_key().SerializeAsString());
            write_bytes_field(out, 2, text_view(message->content));
            write_varint_field(out, 3, static_cast<std::uint64_t>(message->timestamp));
        });
        response.add_peer_data_operation_result()
            ->mutable_placeholder_message_resend_response()
            ->set_web_message_info_bytes(info);
    }
    send_peer(device, answer);
}

} // namespace wagate::sandbox
