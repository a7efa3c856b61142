#include "protocol/appstate/macs.hpp"

namespace wagate::appstate {

IndexMac index_mac(MutationKeys const& keys, ByteView index)
{
    return crypto::hmac_sha256(keys.index.reveal(), {index});
}

ValueMac value_mac(MutationKeys const& keys, Operation operation, ByteView key_id, ByteView ciphertext)
{
    ByteArray<1> const prefix{static_cast<std::uint8_t>(operation == Operation::set ? 1 : 2)};
    auto const code = crypto::hmac_sha512(keys.value_mac.reveal(),
                                          {prefix, key_id, ciphertext, big_endian(key_id.size() + 1, 8)});
    return to_array<32>(ByteView{code}.first(32));
}

crypto::Key32 snapshot_mac(MutationKeys const& keys, CollectionState const& state)
{
    return crypto::hmac_sha256(keys.snapshot_mac.reveal(), {state.hash.bytes(), big_endian(state.version, 8),
                                                            view(collection_name(state.collection))});
}

crypto::Key32 patch_mac(MutationKeys const& keys, ByteView snapshot_mac, std::vector<ValueMac> const& values,
                        std::uint64_t version, Collection collection)
{
    Bytes joined;
    joined.reserve(values.size() * sizeof(ValueMac));
    for (auto const& value : values)
        append(joined, value);
    return crypto::hmac_sha256(keys.patch_mac.reveal(), {snapshot_mac, joined, big_endian(version, 8),
                                                         view(collection_name(collection))});
}

} // namespace wagate::appstate
