// Advanced device verification: who signed whom when a companion is linked (protocol.md 4.2, 4.5).
#include "protocol/pairing/domains.hpp"
#include "protocol/pairing/pairing.hpp"
#include "protocol/proto/adv.pb.h"
#include "protocol/proto/codec.hpp"

namespace wagate::pairing {
namespace {

AccountType account_type(std::int32_t value) noexcept
{
    return value == static_cast<std::int32_t>(AccountType::hosted) ? AccountType::hosted : AccountType::e2ee;
}

ByteView account_domain_of(AccountType type) noexcept
{
    return type == AccountType::hosted ? ByteView{hosted_account_domain} : ByteView{account_domain};
}

crypto::Key32 container_hmac(AccountType type, ByteView adv_secret, ByteView details)
{
    ByteView const domain = type == AccountType::hosted ? ByteView{hosted_account_domain} : ByteView{};
    return crypto::hmac_sha256(adv_secret, {domain, details});
}

bool is_signed_by_account(SignedDeviceIdentity const& identity, ByteView domain, ByteView companion,
                          ByteView account_key)
{
    return crypto::xeddsa_verify(account_key, concat({domain, identity.details, companion}),
                                 identity.account_signature);
}

bool is_signed_by_device(SignedDeviceIdentity const& identity, ByteView domain, ByteView companion,
                         ByteView account_key)
{
    return crypto::xeddsa_verify(companion, concat({domain, identity.details, companion, account_key}),
                                 identity.device_signature);
}

} // namespace

Bytes serialize(SignedDeviceIdentity const& identity, bool with_account_key)
{
    proto::ADVSignedDeviceIdentity message;
    message.set_details(to_text(identity.details));
    if (with_account_key && !identity.account_signature_key.empty())
        message.set_account_signature_key(to_text(identity.account_signature_key));
    if (!identity.account_signature.empty())
        message.set_account_signature(to_text(identity.account_signature));
    if (!identity.device_signature.empty()) message.set_device_signature(to_text(identity.device_signature));
    return proto::encode(message);
}

Result<SignedDeviceIdentity> parse_signed_identity(ByteView bytes)
{
    proto::ADVSignedDeviceIdentity message;
    if (!proto::decode(message, bytes) || !message.has_details()) return PairingErrc::malformed;
    return SignedDeviceIdentity{.details = to_bytes(message.details()),
                                .account_signature_key = to_bytes(message.account_signature_key()),
                                .account_signature = to_bytes(message.account_signature()),
                                .device_signature = to_bytes(message.device_signature())};
}

Result<DeviceIdentityDetails> parse_details(ByteView bytes)
{
    proto::ADVDeviceIdentity message;
    if (!proto::decode(message, bytes)) return PairingErrc::malformed;
    return DeviceIdentityDetails{.raw_id = message.raw_id(),
                                 .timestamp = message.timestamp(),
                                 .key_index = message.key_index(),
                                 .account_type = account_type(message.account_type()),
                                 .device_type = account_type(message.device_type())};
}

Bytes make_pairing_container(DeviceIdentityDetails const& details, crypto::KeyPair const& account_key,
                             ByteView companion_identity32, ByteView adv_secret32, RandomSource& random)
{
    proto::ADVDeviceIdentity inner;
    inner.set_raw_id(details.raw_id);
    inner.set_timestamp(details.timestamp);
    inner.set_key_index(details.key_index);
    inner.set_account_type(static_cast<std::int32_t>(details.account_type));
    inner.set_device_type(static_cast<std::int32_t>(details.device_type));

    SignedDeviceIdentity identity{.details = proto::encode(inner),
                                  .account_signature_key = to_bytes(account_key.public_key),
                                  .account_signature = {},
                                  .device_signature = {}};
    auto const covered =
        concat({account_domain_of(details.device_type), identity.details, companion_identity32});
    identity.account_signature = to_bytes(crypto::xeddsa_sign(account_key.private_key, covered, random));

    auto const serialized = serialize(identity, true);
    proto::ADVSignedDeviceIdentityHMAC container;
    container.set_details(to_text(serialized));
    container.set_hmac(to_text(container_hmac(details.account_type, adv_secret32, serialized)));
    container.set_account_type(static_cast<std::int32_t>(details.account_type));
    return proto::encode(container);
}

Result<VerifiedPairing> verify_pairing_container(ByteView container, crypto::KeyPair const& own_identity,
                                                 ByteView adv_secret32, RandomSource& random)
{
    proto::ADVSignedDeviceIdentityHMAC outer;
    if (!proto::decode(outer, container)) return PairingErrc::malformed;
    auto const expected =
        container_hmac(account_type(outer.account_type()), adv_secret32, view(outer.details()));
    if (!crypto::constant_time_equal(expected, view(outer.hmac()))) return PairingErrc::hmac_mismatch;

    WAGATE_TRY(auto identity, parse_signed_identity(view(outer.details())));
    WAGATE_TRY(auto const details, parse_details(identity.details));

    auto const& companion = own_identity.public_key;
    if (!is_signed_by_account(identity, account_domain_of(details.device_type), companion,
                              identity.account_signature_key))
        return PairingErrc::signature_mismatch;

    // Not the hosted prefix, whatever the account is: protocol.md 4.2, step 4.
    auto const covered = concat({device_domain, identity.details, companion, identity.account_signature_key});
    identity.device_signature = to_bytes(crypto::xeddsa_sign(own_identity.private_key, covered, random));
    return VerifiedPairing{std::move(identity), details.key_index};
}

Result<void> verify_companion(SignedDeviceIdentity const& identity, ByteView companion_identity32,
                              ByteView account_key32)
{
    ByteView const account_key =
        identity.account_signature_key.empty() ? account_key32 : ByteView{identity.account_signature_key};
    auto const is_signed_in = [&](ByteView account, ByteView device) {
        return is_signed_by_account(identity, account, companion_identity32, account_key) &&
               is_signed_by_device(identity, device, companion_identity32, account_key);
    };
    // A hosted account's companion signs as 06 06, or as 06 01 when it is one of the public clients' (4.2
    // step 4).
    if (is_signed_in(account_domain, device_domain) ||
        is_signed_in(hosted_account_domain, hosted_device_domain) ||
        is_signed_in(hosted_account_domain, device_domain))
        return {};
    return PairingErrc::signature_mismatch;
}

} // namespace wagate::pairing
