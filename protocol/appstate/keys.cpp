#include "protocol/appstate/keys.hpp"

namespace wagate::appstate {

MutationKeys expand_mutation_keys(ByteView key_data)
{
    auto expanded = crypto::hkdf_sha256(key_data, {}, "WhatsApp Mutation Keys", 160);
    auto const part = [&](std::size_t number) {
        return Secret{to_array<32>(ByteView{expanded}.subspan(number * 32, 32))};
    };
    MutationKeys keys{.index = part(0),
                      .value_encryption = part(1),
                      .value_mac = part(2),
                      .snapshot_mac = part(3),
                      .patch_mac = part(4)};
    wipe(expanded);
    return keys;
}

MutationKeys const* KeyRing::find(ByteView key_id)
{
    auto const id = to_bytes(key_id);
    if (auto const known = expanded_.find(id); known != expanded_.end()) return &known->second;
    auto const shared = source_.find(key_id);
    if (!shared || shared->reveal().empty()) return nullptr;
    return &expanded_.emplace(id, expand_mutation_keys(shared->reveal())).first->second;
}

} // namespace wagate::appstate
