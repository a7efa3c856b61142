#include "protocol/noise/certificates.hpp"

#include "protocol/proto/handshake.pb.h"

namespace wagate::noise {
namespace {

using Chain = proto::CertChain;
using Details = proto::CertChain::NoiseCertificate::Details;

constexpr std::size_t signature_bytes = 64;
/// The root key has no certificate of its own, only this serial (protocol.md 1.7).
constexpr std::uint32_t root_serial = 0;

bool is_present(bool has_field, Chain::NoiseCertificate const& certificate)
{
    return has_field && !certificate.details().empty();
}

Result<Details> parse_details(Chain::NoiseCertificate const& certificate)
{
    Details details;
    if (!details.ParseFromString(certificate.details())) return NoiseErrc::certificate_malformed;
    if (details.key().size() != 32) return NoiseErrc::certificate_malformed;
    return details;
}

bool is_signed_by(ByteView issuer_key, Chain::NoiseCertificate const& certificate)
{
    return crypto::xeddsa_verify(issuer_key, view(certificate.details()), view(certificate.signature()));
}

bool is_valid_at(Details const& details, std::int64_t now_unix_seconds)
{
    if (now_unix_seconds < 0) return false;
    auto const now = static_cast<std::uint64_t>(now_unix_seconds);
    return details.not_before() <= now && now <= details.not_after();
}

void copy_to(Chain::NoiseCertificate& target, Certificate const& certificate)
{
    target.set_details(to_text(certificate.details));
    target.set_signature(to_text(certificate.signature));
}

} // namespace

crypto::Key32 const whatsapp_root_key{0x14, 0x23, 0x75, 0x57, 0x4d, 0x0a, 0x58, 0x71, 0x66, 0xaa, 0xe7,
                                      0x1e, 0xbe, 0x51, 0x64, 0x37, 0xc4, 0xa2, 0x8b, 0x73, 0xe3, 0x69,
                                      0x5c, 0x6c, 0xe1, 0xf7, 0xf9, 0x54, 0x5d, 0xa8, 0xee, 0x6b};

Certificate issue_certificate(CertificateFields const& fields, ByteView issuer_private_key,
                              RandomSource& random)
{
    Details details;
    details.set_serial(fields.serial);
    details.set_issuer_serial(fields.issuer_serial);
    details.set_key(to_text(fields.key));
    details.set_not_before(fields.not_before);
    details.set_not_after(fields.not_after);
    auto serialized = to_bytes(details.SerializeAsString());
    auto const signature = crypto::xeddsa_sign(issuer_private_key, serialized, random);
    return {std::move(serialized), to_bytes(signature)};
}

Bytes serialize(CertificateChain const& chain)
{
    Chain message;
    copy_to(*message.mutable_leaf(), chain.leaf);
    copy_to(*message.mutable_intermediate(), chain.intermediate);
    return to_bytes(message.SerializeAsString());
}

Result<void> verify_chain(ByteView serialized_chain, ByteView server_static_key, ByteView root_key,
                          std::int64_t now_unix_seconds)
{
    Chain chain;
    if (!chain.ParseFromArray(serialized_chain.data(), static_cast<int>(serialized_chain.size())))
        return NoiseErrc::certificate_malformed;
    auto const& leaf = chain.leaf();
    auto const& intermediate = chain.intermediate();
    if (!is_present(chain.has_leaf(), leaf) || !is_present(chain.has_intermediate(), intermediate))
        return NoiseErrc::certificate_missing;
    if (leaf.signature().size() != signature_bytes || intermediate.signature().size() != signature_bytes)
        return NoiseErrc::certificate_malformed;

    // Details are parsed only once their signature holds.
    if (!is_signed_by(root_key, intermediate)) return NoiseErrc::certificate_bad_signature;
    WAGATE_TRY(auto const issuer, parse_details(intermediate));
    if (issuer.issuer_serial() != root_serial) return NoiseErrc::certificate_bad_root_serial;

    if (!is_signed_by(view(issuer.key()), leaf)) return NoiseErrc::certificate_bad_signature;
    WAGATE_TRY(auto const subject, parse_details(leaf));
    if (subject.issuer_serial() != issuer.serial()) return NoiseErrc::certificate_bad_issuer;
    if (!crypto::constant_time_equal(view(subject.key()), server_static_key))
        return NoiseErrc::certificate_key_mismatch;
    if (!is_valid_at(issuer, now_unix_seconds) || !is_valid_at(subject, now_unix_seconds))
        return NoiseErrc::certificate_expired;
    return {};
}

} // namespace wagate::noise
