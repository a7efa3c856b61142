#include "tools/sandbox/server/server_identity.hpp"

namespace wagate::sandbox {

ServerIdentity ServerIdentity::generate(RandomSource& random, std::int64_t now_unix_seconds)
{
    constexpr std::uint32_t root_serial = 0;
    constexpr std::uint32_t intermediate_serial = 7;
    constexpr std::uint32_t leaf_serial = 8;
    auto const root = crypto::generate_key_pair(random);
    auto const intermediate = crypto::generate_key_pair(random);
    ServerIdentity identity;
    identity.root_key = root.public_key;
    identity.static_key = crypto::generate_key_pair(random);

    noise::CertificateFields fields;
    fields.not_before = static_cast<std::uint64_t>(now_unix_seconds - 3600);
    fields.not_after = static_cast<std::uint64_t>(now_unix_seconds + 365 * 86'400);
    fields.serial = intermediate_serial;
    fields.issuer_serial = root_serial;
    fields.key = intermediate.public_key;
    noise::CertificateChain chain;
    chain.intermediate = noise::issue_certificate(fields, root.private_key, random);
    fields.serial = leaf_serial;
    fields.issuer_serial = intermediate_serial;
    fields.key = identity.static_key.public_key;
    chain.leaf = noise::issue_certificate(fields, intermediate.private_key, random);
    identity.certificate_chain = noise::serialize(chain);
    return identity;
}

} // namespace wagate::sandbox
