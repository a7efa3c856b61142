#include "protocol/pairing/domains.hpp"
#include "protocol/pairing/pairing.hpp"
#include "protocol/pairing/protobuf.hpp"
#include "protocol/proto/adv.pb.h"

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
    auto const details = serialize_message(inner);

    proto::ADVSignedKeyIndexList message;
    message.set_details(field(details));
    message.set_account_signature(
        field(crypto::xeddsa_sign(account_key.private_key, concat({key_index_domain, details}), random)));
    message.set_account_signature_key(field(account_key.public_key));
    return serialize_message(message);
}

/// The signature is not verified: which key made it is not settled in the field (protocol.md 6.5).
Result<KeyIndexList> parse_signed_key_index_list(ByteView bytes)
{
    proto::ADVSignedKeyIndexList message;
    if (!parse_message(message, bytes) || !message.has_details()) return PairingErrc::malformed;
    proto::ADVKeyIndexList inner;
    if (!parse_message(inner, view(message.details()))) return PairingErrc::malformed;
    return KeyIndexList{.raw_id = inner.raw_id(),
                        .timestamp = inner.timestamp(),
                        .current_index = inner.current_index(),
                        .valid_indexes = {inner.valid_indexes().begin(), inner.valid_indexes().end()}};
}

} // namespace wagate::pairing
