#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/crypto/signal_curve.hpp"
#include "protocol/crypto/x25519_override.hpp"

#include <exception>

namespace wagate::crypto {
namespace {

Bytes from_hex(std::string_view text)
{
    return hex_decode(text).value_or(Bytes{});
}

bool matches(ByteView actual, std::string_view expected_hex)
{
    return hex_encode(actual) == expected_hex;
}

/// 00 01 … 1f
Bytes counting_key()
{
    Bytes key(32);
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = static_cast<std::uint8_t>(i);
    return key;
}

bool digests_work()
{
    return matches(md5(view("abc")), "900150983cd24fb0d6963f7d28e17f72") &&
           matches(sha1(view("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d") &&
           matches(sha256(view("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") &&
           matches(ByteView{sha512(view("abc"))}.first(16), "ddaf35a193617abacc417349ae204131");
}

/// RFC 4231, case 2.
bool hmac_works()
{
    auto const key = view("Jefe");
    auto const message = view("what do ya want for nothing?");
    return matches(hmac_sha256(key, {message}),
                   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843") &&
           matches(ByteView{hmac_sha512(key, {message})}.first(16), "164b7a7bfcf819e2e395fbe73b56e0a3");
}

/// RFC 5869, case 3; RFC 7914 section 11.
bool key_derivation_works()
{
    return matches(hkdf_sha256(Bytes(22, 0x0b), {}, "", 42),
                   "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8") &&
           matches(pbkdf2_sha256(view("passwd"), view("salt"), 1, 16), "55ac046e56e3089fec1691c22544b605");
}

/// protocol.md 14, transport frame; NIST SP 800-38A F.2.5 and F.5.5 (first block).
bool ciphers_work()
{
    auto const key = counting_key();
    auto const nonce = from_hex("000000000000000000000001");
    auto sealed = aes256_gcm_seal(key, nonce, from_hex("00f801"), {});
    if (!matches(sealed, "152ebe9279bf1e9acdd110868f3112ee4e6390")) return false;
    auto const opened = aes256_gcm_open(key, nonce, sealed, {});
    if (!opened || !matches(*opened, "00f801")) return false;
    sealed.back() ^= 1;
    if (aes256_gcm_open(key, nonce, sealed, {})) return false;

    auto const nist_key = from_hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
    auto const block = from_hex("6bc1bee22e409f96e93d7e117393172a");
    auto const iv = from_hex("000102030405060708090a0b0c0d0e0f");
    auto const chained = aes256_cbc_encrypt(nist_key, iv, block);
    if (!matches(ByteView{chained}.first(16), "f58c4c04d6e5f1ba779eabfb5f7bfbd6")) return false;
    auto const unchained = aes256_cbc_decrypt(nist_key, iv, chained);
    if (!unchained || *unchained != block) return false;
    return matches(aes256_ctr(nist_key, from_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), block),
                   "601ec313775789a5b7a7f504bbf3d228");
}

// RFC 7748, 5.2, first vector.
constexpr std::string_view scalar = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";
constexpr std::string_view point = "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c";
constexpr std::string_view product = "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552";

bool agreement_works()
{
    auto const shared = x25519(from_hex(scalar), from_hex(point));
    if (!shared || !matches(*shared, product)) return false;
    return !x25519(from_hex(scalar), Key32{});
}

bool signal_agreement_works()
{
    return matches(detail::signal_agreement(from_hex(scalar), from_hex(point)), product);
}

bool signal_uses_the_override()
{
    auto const before = detail::x25519_override_calls();
    detail::signal_agreement(from_hex(scalar), from_hex(point));
    return detail::x25519_override_calls() > before;
}

bool signatures_work()
{
    auto const private_key = counting_key();
    auto const public_key = public_from_private(private_key);
    SystemRandom random;
    auto signature = xeddsa_sign(private_key, view("message"), random);
    if (!xeddsa_verify(public_key, view("message"), signature)) return false;
    if (xeddsa_verify(public_key, view("massage"), signature)) return false;
    signature[5] ^= 1;
    return !xeddsa_verify(public_key, view("message"), signature);
}

struct Check {
    char const* name;
    bool (*passes)();
};

constexpr Check checks[] = {
    {"digests", digests_work},
    {"hmac", hmac_works},
    {"key derivation", key_derivation_works},
    {"ciphers", ciphers_work},
    {"x25519", agreement_works},
    {"x25519 of libsignal", signal_agreement_works},
    {"x25519 override", signal_uses_the_override},
    {"xeddsa", signatures_work},
};

} // namespace

std::string self_test()
{
    for (auto const& check : checks) {
        try {
            if (!check.passes()) return check.name;
        } catch (std::exception const& error) {
            return std::string{check.name} + ": " + error.what();
        }
    }
    return {};
}

} // namespace wagate::crypto
