#pragma once
// Tokens that show others that this account may write to them (protocol.md 7.10): kept when they are given,
// sent along with messages to people, and given to those who are written to.
#include "protocol/engine/directory.hpp"

#include <set>

namespace wagate::engine {

/// The token that `person` gave this account, while it is valid: at most four weeks old, counted in whole
/// weeks.
std::optional<Bytes> trusted_token(Core const& core, Directory const& directory, Jid const& person);

/// The child of a message to a person: <tctoken> of those who gave one, <cstoken> for strangers once the
/// salt is known. Nothing for groups, channels, bots and the own account.
std::optional<binary::Node> privacy_token(Core const& core, Directory const& directory, Jid const& person);

/// A token that this person gave, as history tells it. An older one than what is known changes nothing.
void learn_token(Core const& core, RecordOverlay& step, Jid const& person, ByteView token, WallTime time);

class PrivacyTokens {
public:
    PrivacyTokens(Core& core, Directory& directory);

    std::optional<binary::Node> token_for(Jid const& person) const
    {
        return privacy_token(core_, directory_, person);
    }
    /// The server has taken a message to this person: gives a token when none was given this week.
    void written_to(Jid const& person);
    /// The person has registered anew: what we gave is gone.
    void identity_changed(Jid const& person);
    /// What the phone tells in its app state or history.
    static void learn_salt(RecordOverlay& step, ByteView salt);

private:
    void on_notification(binary::Node const& notification);
    void issue(Jid const& person);

    Core& core_;
    Directory& directory_;
    std::set<Jid> asking_; ///< whom a token is being given to now
};

} // namespace wagate::engine
