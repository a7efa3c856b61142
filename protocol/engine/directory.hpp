#pragma once
// Who has which devices and which LID belongs to which phone number (protocol.md 6).
#include "protocol/engine/core.hpp"
#include "protocol/stanza/usync.hpp"

namespace wagate::engine {

class Directory {
public:
    explicit Directory(Core& core) noexcept : core_(core) {}

    // --- LID and phone number -----------------------------------------------------------------------------
    std::optional<Jid> lid_of(Jid const& phone) const; ///< device kept
    std::optional<Jid> phone_of(Jid const& lid) const; ///< device kept
    /// The address under which Signal state and chats are kept: the LID when it is known.
    Jid canonical(Jid const& jid) const;
    /// Records a pair and moves the phone-addressed Signal state to the LID (6.3). Does nothing for a known
    /// pair.
    void learn(RecordOverlay& step, Jid const& phone, Jid const& lid) const;
    /// `learn` for two addresses in either order; nothing unless one is a phone JID and the other a LID.
    void learn_pair(RecordOverlay& step, Jid const& one, std::optional<Jid> const& other) const;

    // --- devices ------------------------------------------------------------------------------------------
    using Devices = std::vector<Jid>;
    /// Devices of all `users` (bare JIDs, one addressing), from records or by one usync. The own device is
    /// left out.
    void devices(std::vector<Jid> users, std::function<void(Result<Devices>)> done);
    void forget_devices(RecordOverlay& step, Jid const& user) const;
    /// Resolves a phone number that has no known LID. Value: nothing when it is not registered; else LID or
    /// phone JID.
    void resolve_phone(Jid const& phone, std::function<void(Result<std::optional<Jid>>)> done);
    /// Deletes sessions and identities of all known devices under both addresses (5.11).
    void forget_signal_state(RecordOverlay& step, Jid const& user) const;

private:
    std::optional<Devices> known_devices(Jid const& user) const;
    std::vector<std::uint16_t> known_device_ids(RecordSource const& records, Jid const& user) const;
    void remember(RecordOverlay& step, stanza::UsyncUser const& user) const;

    Core& core_;
};

} // namespace wagate::engine
