#include "protocol/base/secret.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/crypto/openssl.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace wagate::crypto {

// Built on HMAC: OpenSSL's own HKDF refuses the empty key material that the Noise split needs
// (protocol.md 1.5).
Bytes hkdf_sha256(ByteView key_material, ByteView salt, std::string_view info, std::size_t length)
{
    if (length > 255 * 32) throw std::length_error{"HKDF output is limited to 8160 bytes"};
    Key32 const no_salt{};
    auto extracted = hmac_sha256(salt.empty() ? ByteView{no_salt} : salt, {key_material});
    Bytes out;
    out.reserve(length);
    Key32 block{};
    ByteView previous;
    for (std::uint8_t index = 1; out.size() < length; ++index) {
        block = hmac_sha256(extracted, {previous, view(info), ByteView{&index, 1}});
        previous = block;
        append(out, previous.first(std::min(block.size(), length - out.size())));
    }
    wipe(extracted);
    wipe(block);
    return out;
}

Bytes pbkdf2_sha256(ByteView password, ByteView salt, std::uint32_t iterations, std::size_t length)
{
    Bytes out(length);
    auto const done =
        PKCS5_PBKDF2_HMAC(reinterpret_cast<char const*>(password.data()), static_cast<int>(password.size()),
                          salt.data(), static_cast<int>(salt.size()), static_cast<int>(iterations),
                          detail::sha256_algorithm(), static_cast<int>(length), out.data());
    detail::require(done == 1, "PKCS5_PBKDF2_HMAC");
    return out;
}

} // namespace wagate::crypto
