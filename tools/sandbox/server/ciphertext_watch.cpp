#include "tools/sandbox/server/ciphertext_watch.hpp"

#include "protocol/crypto/crypto.hpp"
#include "protocol/signal/signal.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <cstring>
#include <optional>

namespace wagate::sandbox {
namespace {

using google::protobuf::io::CodedInputStream;

// SignalMessage{ratchetKey 1, counter 2}, PreKeySignalMessage{message 4}, both behind a version byte.
constexpr std::uint32_t ratchet_key_field = 1;
constexpr std::uint32_t counter_field = 2;
constexpr std::uint32_t inner_message_field = 4;
constexpr std::size_t mac_size = 8;
constexpr std::uint32_t varint_type = 0;
constexpr std::uint32_t bytes_type = 2;

struct Field {
    std::uint32_t number = 0;
    std::uint64_t value = 0;
    std::string bytes;
};

/// The next field; nothing at the end and where it is no valid field.
std::optional<Field> next_field(CodedInputStream& in)
{
    auto const tag = in.ReadTag();
    Field field;
    field.number = tag >> 3;
    if (tag == 0) return std::nullopt;
    if ((tag & 7) == varint_type) {
        if (!in.ReadVarint64(&field.value)) return std::nullopt;
        return field;
    }
    std::uint32_t size = 0;
    if ((tag & 7) != bytes_type || !in.ReadVarint32(&size) ||
        !in.ReadString(&field.bytes, static_cast<int>(size)))
        return std::nullopt;
    return field;
}

/// The SignalMessage inside a PreKeySignalMessage.
Bytes inner_message(ByteView bytes)
{
    if (bytes.empty()) return {};
    CodedInputStream in(bytes.data() + 1, static_cast<int>(bytes.size() - 1));
    while (auto field = next_field(in))
        if (field->number == inner_message_field) return to_bytes(field->bytes);
    return {};
}

/// What names the message key of a group message: SenderKeyMessage{key id 1, iteration 2} behind a version
/// byte.
std::optional<std::string> group_key_name(ByteView message)
{
    constexpr std::size_t signature_size = 64;
    if (message.size() <= 1 + signature_size) return std::nullopt;
    CodedInputStream in(message.data() + 1, static_cast<int>(message.size() - 1 - signature_size));
    std::optional<std::uint64_t> key;
    std::optional<std::uint64_t> iteration;
    while (auto field = next_field(in)) {
        if (field->number == 1) key = field->value;
        if (field->number == 2) iteration = field->value;
    }
    if (!key || !iteration) return std::nullopt;
    return std::to_string(*key) + '|' + std::to_string(*iteration);
}

/// What names the message key: ratchet key and counter. Nothing when these are no SignalMessage's bytes.
std::optional<std::string> key_name(ByteView message)
{
    if (message.size() <= 1 + mac_size) return std::nullopt;
    CodedInputStream in(message.data() + 1, static_cast<int>(message.size() - 1 - mac_size));
    std::optional<std::string> ratchet;
    std::optional<std::uint64_t> counter;
    while (auto field = next_field(in)) {
        if (field->number == ratchet_key_field) ratchet = std::move(field->bytes);
        if (field->number == counter_field) counter = field->value;
    }
    if (!ratchet || !counter) return std::nullopt;
    return *ratchet + '|' + std::to_string(*counter);
}

std::uint64_t short_hash(ByteView bytes)
{
    auto const digest = crypto::sha256(bytes);
    std::uint64_t value = 0;
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
}

} // namespace

bool CiphertextWatch::is_unique(Jid const& sender, Jid const& recipient, binary::Node const& enc)
{
    auto const kind = signal::kind_from_enc_type(enc.text("type"));
    if (!kind) return true;
    auto const message =
        *kind == signal::CiphertextKind::prekey_message ? inner_message(enc.bytes()) : to_bytes(enc.bytes());
    auto const is_group = *kind == signal::CiphertextKind::sender_key_message;
    auto const name = is_group ? group_key_name(message) : key_name(message);
    if (!name) return true;
    auto key = sender.to_string() + '>' + recipient.to_string() + '|' + *name;
    auto const [place, is_new] = seen_.emplace(key, short_hash(message));
    if (!is_new) return place->second == short_hash(message);
    order_.push_back(std::move(key));
    if (order_.size() > remembered_) {
        seen_.erase(order_.front());
        order_.pop_front();
    }
    return true;
}

} // namespace wagate::sandbox
