#pragma once
// A server with its certificates, as protocol.md 11.2 describes it, for the tests of this folder.
#include "../crypto/known_answers.hpp"
#include "protocol/noise/noise.hpp"

namespace wagate::test {

constexpr std::int64_t now = 1'800'000'000;

struct ServerWorld {
    SeededRandom random{42};
    crypto::KeyPair root = crypto::generate_key_pair(random);
    crypto::KeyPair intermediate = crypto::generate_key_pair(random);
    crypto::KeyPair server = crypto::generate_key_pair(random);
    noise::CertificateFields intermediate_fields{7, 0, intermediate.public_key, now - 3'600, now + 3'600};
    noise::CertificateFields leaf_fields{8, 7, server.public_key, now - 3'600, now + 3'600};

    noise::CertificateChain chain()
    {
        return {noise::issue_certificate(leaf_fields, intermediate.private_key, random),
                noise::issue_certificate(intermediate_fields, root.private_key, random)};
    }

    Result<void> verify(noise::CertificateChain const& presented)
    {
        return noise::verify_chain(noise::serialize(presented), server.public_key, root.public_key, now);
    }

    noise::ClientHandshake new_client()
    {
        return {crypto::generate_key_pair(random), crypto::generate_key_pair(random), root.public_key};
    }
    noise::ServerHandshake new_server()
    {
        return {server, crypto::generate_key_pair(random), noise::serialize(chain())};
    }
};

} // namespace wagate::test
