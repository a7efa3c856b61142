#include "protocol/appstate/key_messages.hpp"

#include "protocol/proto/codec.hpp"
#include "protocol/proto/e2e.pb.h"

namespace wagate::appstate {
namespace {

// Types of protocol messages.
constexpr int key_share_type = 6;
constexpr int key_request_type = 7;

constexpr std::size_t max_keys = 1024;
constexpr std::int64_t max_milliseconds = 253'402'300'800'000; // the year 10000

using KeyData = proto::Message::AppStateSyncKeyData;

SharedKey read_key(ByteView id, KeyData const& data)
{
    SharedKey key;
    key.id = to_bytes(id);
    key.data = Secret{to_bytes(data.key_data())};
    if (data.timestamp() > 0 && data.timestamp() <= max_milliseconds)
        key.created = wall_from_milliseconds(data.timestamp());
    key.raw_id = data.fingerprint().raw_id();
    key.current_index = data.fingerprint().current_index();
    key.device_indexes.assign(data.fingerprint().device_indexes().begin(),
                              data.fingerprint().device_indexes().end());
    return key;
}

} // namespace

Bytes key_request_message(std::vector<Bytes> const& key_ids)
{
    proto::Message message;
    auto& protocol = *message.mutable_protocol_message();
    protocol.set_type(key_request_type);
    auto& request = *protocol.mutable_app_state_sync_key_request();
    for (auto const& id : key_ids)
        request.add_key_ids()->set_key_id(to_text(id));
    return proto::encode(message);
}

Bytes key_share_message(std::vector<SharedKey> const& keys)
{
    proto::Message message;
    auto& protocol = *message.mutable_protocol_message();
    protocol.set_type(key_share_type);
    auto& share = *protocol.mutable_app_state_sync_key_share();
    for (auto const& key : keys) {
        auto& entry = *share.add_keys();
        entry.mutable_key_id()->set_key_id(to_text(key.id));
        auto& data = *entry.mutable_key_data();
        data.set_key_data(to_text(key.data.reveal()));
        data.set_timestamp(unix_milliseconds(key.created));
        auto& fingerprint = *data.mutable_fingerprint();
        fingerprint.set_raw_id(key.raw_id);
        fingerprint.set_current_index(key.current_index);
        for (auto const index : key.device_indexes)
            fingerprint.add_device_indexes(index);
    }
    return proto::encode(message);
}

Result<std::vector<Bytes>> parse_key_request(ByteView message)
{
    proto::Message parsed;
    if (!proto::decode(parsed, message)) return AppStateErrc::malformed;
    auto const& protocol = parsed.protocol_message();
    if (protocol.type() != key_request_type || !protocol.has_app_state_sync_key_request())
        return AppStateErrc::malformed;
    std::vector<Bytes> ids;
    for (auto const& id : protocol.app_state_sync_key_request().key_ids()) {
        if (ids.size() == max_keys) return AppStateErrc::too_large;
        if (!id.key_id().empty()) ids.push_back(to_bytes(id.key_id()));
    }
    return ids;
}

Result<std::vector<SharedKey>> parse_key_share(ByteView message)
{
    proto::Message parsed;
    if (!proto::decode(parsed, message)) return AppStateErrc::malformed;
    auto const& protocol = parsed.protocol_message();
    if (protocol.type() != key_share_type || !protocol.has_app_state_sync_key_share())
        return AppStateErrc::malformed;
    std::vector<SharedKey> keys;
    for (auto const& entry : protocol.app_state_sync_key_share().keys()) {
        if (keys.size() == max_keys) return AppStateErrc::too_large;
        if (entry.key_id().key_id().empty() || entry.key_data().key_data().empty()) continue;
        keys.push_back(read_key(view(entry.key_id().key_id()), entry.key_data()));
    }
    return keys;
}

Result<SharedKey> parse_key_data(ByteView key_id, ByteView key_data)
{
    KeyData data;
    if (key_id.empty() || !proto::decode(data, key_data) || data.key_data().empty())
        return AppStateErrc::malformed;
    return read_key(key_id, data);
}

SharedKey const* newest(std::vector<SharedKey> const& keys) noexcept
{
    auto const found = std::max_element(keys.begin(), keys.end(), [](auto const& left, auto const& right) {
        return left.created < right.created;
    });
    return found == keys.end() ? nullptr : &*found;
}

} // namespace wagate::appstate
