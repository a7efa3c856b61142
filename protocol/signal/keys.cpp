#include "protocol/signal/keys.hpp"

#include "protocol/signal/context.hpp"
#include "protocol/signal/errors.hpp"

#include <signal/session_pre_key.h>

namespace wagate::signal {
namespace {

constexpr std::uint32_t last_prekey_id = 0xffffff; ///< ids have 24 bits on the wire (protocol.md 5.2)

} // namespace

Ref<ec_public_key> public_key(crypto::Key32 const& key)
{
    Ref<ec_public_key> decoded;
    auto const typed = crypto::typed_key(key);
    require(curve_decode_point(decoded.out(), typed.data(), typed.size(), thread_context()));
    return decoded;
}

Ref<ec_key_pair> key_pair(crypto::KeyPair const& keys)
{
    Ref<ec_private_key> secret;
    require(curve_decode_private_point(secret.out(), keys.private_key.data(), keys.private_key.size(),
                                       thread_context()));
    Ref<ec_key_pair> pair;
    require(ec_key_pair_create(pair.out(), public_key(keys.public_key).get(), secret.get()));
    return pair;
}

crypto::Key32 raw_key(ec_public_key const* key)
{
    Buffer typed;
    require(ec_public_key_serialize(Out{typed}, key));
    return to_array<32>(bytes_of(typed).subspan(1));
}

SignedPreKey generate_signed_prekey(std::uint32_t id, ByteView identity_private_key, RandomSource& random)
{
    SignedPreKey key{.id = id, .keys = crypto::generate_key_pair(random)};
    key.signature = crypto::xeddsa_sign(identity_private_key, crypto::typed_key(key.keys.public_key), random);
    return key;
}

std::vector<PreKey> generate_prekeys(std::uint32_t first_id, std::size_t count, RandomSource& random)
{
    std::vector<PreKey> keys;
    keys.reserve(count);
    auto id = first_id;
    for (std::size_t i = 0; i < count; ++i, ++id) {
        if (id == 0 || id > last_prekey_id) id = 1;
        keys.push_back({id, crypto::generate_key_pair(random)});
    }
    return keys;
}

void store_prekey(RecordOverlay& records, PreKey const& key)
{
    Ref<session_pre_key> record;
    require(session_pre_key_create(record.out(), key.id, key_pair(key.keys).get()));
    Buffer serialized;
    require(session_pre_key_serialize(Out{serialized}, record.get()));
    records.write(RecordKind::prekey, std::to_string(key.id), to_bytes(bytes_of(serialized)));
}

void store_signed_prekey(RecordOverlay& records, SignedPreKey const& key, WallTime created)
{
    Ref<session_signed_pre_key> record;
    require(session_signed_pre_key_create(
        record.out(), key.id, static_cast<std::uint64_t>(unix_milliseconds(created)),
        key_pair(key.keys).get(), key.signature.data(), key.signature.size()));
    Buffer serialized;
    require(session_signed_pre_key_serialize(Out{serialized}, record.get()));
    records.write(RecordKind::signed_prekey, std::to_string(key.id), to_bytes(bytes_of(serialized)));
}

} // namespace wagate::signal
