#include "protocol/engine/account.hpp"

#include "protocol/proto/state.pb.h"

namespace wagate::engine {
namespace {

constexpr std::uint32_t max_registration_id =
    16'380; // libsignal's convention, also within what clients accept

void set(std::string& field, ByteView bytes)
{
    field.assign(text_view(bytes));
}

std::optional<crypto::KeyPair> key_pair(std::string const& private_key)
{
    if (private_key.size() != 32) return std::nullopt;
    crypto::KeyPair pair;
    pair.private_key = to_array<32>(view(private_key));
    pair.public_key = crypto::public_from_private(pair.private_key);
    return pair;
}

} // namespace

Account Account::generate(RandomSource& random, WallTime now)
{
    Account account;
    account.noise = crypto::generate_key_pair(random);
    account.identity.identity = crypto::generate_key_pair(random);
    account.identity.registration_id = static_cast<std::uint32_t>(1 + random.below(max_registration_id));
    account.adv_secret = Secret<crypto::Key32>{random.array<32>()};
    account.signed_prekey = signal::generate_signed_prekey(1, account.identity.identity.private_key, random);
    account.signed_prekey_created = now;
    return account;
}

std::optional<Account> Account::load(RecordSource const& records)
{
    auto const bytes = records.read(RecordKind::account, "");
    proto::Account stored;
    if (!bytes || !stored.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) return std::nullopt;
    auto const noise = key_pair(stored.noise_private());
    auto const identity = key_pair(stored.identity_private());
    auto const signed_prekey = key_pair(stored.signed_prekey_private());
    if (!noise || !identity || !signed_prekey || stored.adv_secret().size() != 32 ||
        stored.signed_prekey_signature().size() != 64)
        return std::nullopt;
    Account account;
    account.noise = *noise;
    account.identity = {*identity, stored.registration_id()};
    account.adv_secret = Secret<crypto::Key32>{to_array<32>(view(stored.adv_secret()))};
    account.signed_prekey = {stored.signed_prekey_id(), *signed_prekey,
                             to_array<64>(view(stored.signed_prekey_signature()))};
    account.signed_prekey_created = wall_from_milliseconds(stored.signed_prekey_created_ms());
    account.next_prekey_id = stored.next_prekey_id();
    if (auto const phone = Jid::parse(stored.phone_jid()); phone && !stored.phone_jid().empty()) {
        account.me = OwnIdentity{*phone, Jid::parse(stored.lid_jid()).value_or(Jid{}), stored.push_name(),
                                 stored.platform()};
    }
    account.business_name = stored.business_name();
    account.signed_device_identity = to_bytes(stored.signed_device_identity());
    account.routing_info = to_bytes(stored.routing_info());
    return account;
}

void Account::save(RecordOverlay& records) const
{
    proto::Account stored;
    set(*stored.mutable_noise_private(), noise.private_key);
    set(*stored.mutable_identity_private(), identity.identity.private_key);
    stored.set_registration_id(identity.registration_id);
    set(*stored.mutable_adv_secret(), adv_secret.reveal());
    stored.set_signed_prekey_id(signed_prekey.id);
    set(*stored.mutable_signed_prekey_private(), signed_prekey.keys.private_key);
    set(*stored.mutable_signed_prekey_signature(), signed_prekey.signature);
    stored.set_signed_prekey_created_ms(unix_milliseconds(signed_prekey_created));
    stored.set_next_prekey_id(next_prekey_id);
    if (me) {
        stored.set_phone_jid(me->phone.to_string());
        if (!me->lid.user.empty()) stored.set_lid_jid(me->lid.to_string());
        stored.set_push_name(me->push_name);
        stored.set_platform(me->platform);
    }
    stored.set_business_name(business_name);
    set(*stored.mutable_signed_device_identity(), signed_device_identity);
    set(*stored.mutable_routing_info(), routing_info);
    Bytes bytes(stored.ByteSizeLong());
    stored.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
    records.write(RecordKind::account, "", std::move(bytes));
}

} // namespace wagate::engine
