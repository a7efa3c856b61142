#pragma once
// The state of one companion device that is not a Signal record: keys, JIDs, counters.
#include "protocol/base/secret.hpp"
#include "protocol/model/unit_of_work.hpp"
#include "protocol/signal/signal.hpp"

namespace wagate::engine {

struct Account {
    crypto::KeyPair noise;
    signal::LocalIdentity identity;
    Secret<crypto::Key32> adv_secret;
    signal::SignedPreKey signed_prekey;
    WallTime signed_prekey_created{};
    std::uint32_t next_prekey_id = 1; ///< 24 bits, wraps to 1
    std::optional<OwnIdentity> me;    ///< set by pairing
    std::string business_name;
    Bytes signed_device_identity; ///< complete ADVSignedDeviceIdentity, goes along with every pkmsg (5.7)
    Bytes routing_info;           ///< edge routing token (1.3)

    bool is_paired() const noexcept { return me.has_value(); }
    Jid own_phone() const { return me ? me->phone : Jid{}; }
    Jid own_lid() const { return me ? me->lid : Jid{}; }

    /// New keys for a device that is not paired yet (4.1).
    static Account generate(RandomSource& random, WallTime now);
    /// Reads the records `account` and `signed_prekey`. Nothing when there is no account.
    static std::optional<Account> load(RecordSource const& records);
    void save(RecordOverlay& records) const;
};

} // namespace wagate::engine
