#include "protocol/pairing/domains.hpp"
#include "protocol/pairing/pairing.hpp"
#include "protocol/proto/adv.pb.h"
#include "protocol/proto/codec.hpp"

namespace wagate::pairing {

Bytes make_signed_key_index_list(KeyIndexList const& list, crypto::KeyPair const& account_key,
                                 RandomSource& random)
{
    proto::ADVKeyIndexList inner;
    inner.set_raw_id(list.raw_id);
    inner.set_timestamp(list.timestamp);
    inner.set_current_index(list.current_index);
    for (auto index : list.valid_indexes)
        inner.add_valid_indexes(index);
    auto const details = proto::encode(inner);

    proto::ADVSignedKeyIndexList message;
    message.set_details(to_text(details));
    message.set_account_signature(
        to_text(crypto::xeddsa_sign(account_key.private_key, concat({key_index_domain, details}), random)));
    message.set_account_signature_key(to_text(account_key.public_key));
    return proto::encode(message);
}

/// The signature is not verified: which key made it is not settled in the field (protocol.md 6.5).
Result<KeyIndexList> parse_signed_key_index_list(ByteView bytes)
{
    proto::ADVSignedKeyIndexList message;
    if (!proto::decode(message, bytes) || !message.has_details()) return PairingErrc::malformed;
    proto::ADVKeyIndexList inner;
    if (!proto::decode(inner, view(message.details()))) return PairingErrc::malformed;
    return KeyIndexList{.raw_id = inner.raw_id(),
                        .timestamp = inner.timestamp(),
                        .current_index = inner.current_index(),
                        .valid_indexes = {inner.valid_indexes().begin(), inner.valid_indexes().end()}};
}

} // namespace wagate::pairing
