#include "tools/sandbox/phone/device_identity.hpp"

#include <algorithm>

namespace wagate::sandbox {
namespace {

using Prefix = ByteArray<2>;

bool any_signs(std::initializer_list<Prefix> prefixes, ByteView key, std::initializer_list<ByteView> parts,
               ByteView signature)
{
    auto const covered = concat(parts);
    return std::any_of(prefixes.begin(), prefixes.end(), [&](Prefix const& prefix) {
        return crypto::xeddsa_verify(key, concat({prefix, covered}), signature);
    });
}

} // namespace

bool device_identity_holds(pairing::SignedDeviceIdentity const& identity, ByteView companion_identity32,
                           ByteView account_key32)
{
    if (identity.account_signature.size() != 64 || identity.device_signature.size() != 64) return false;
    if (!identity.account_signature_key.empty() && !equal(identity.account_signature_key, account_key32))
        return false;
    return any_signs({{6, 0}, {6, 5}}, account_key32, {identity.details, companion_identity32},
                     identity.account_signature) &&
           any_signs({{6, 1}, {6, 6}}, companion_identity32,
                     {identity.details, companion_identity32, account_key32}, identity.device_signature);
}

} // namespace wagate::sandbox
