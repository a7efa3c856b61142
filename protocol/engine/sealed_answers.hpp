#pragma once
// Opens what is encrypted with the secret of a stored message: votes, answers to events, reactions, comments,
// changes
// (protocol.md 7.8). Which form of the addresses the sender used is not told, so every known one is tried.
#include "protocol/base/records.hpp"
#include "protocol/message/secrets.hpp"
#include "protocol/model/model.hpp"

namespace wagate::engine {

/// Bare addresses of one person, at least one.
using Addresses = std::vector<Jid>;

/// `person`, its other form, and for the own account both of its own.
/// @param other the other form, when it is known otherwise
Addresses addresses_of(RecordSource const& records, std::optional<OwnIdentity> const& me, Jid const& person,
                       std::optional<Jid> const& other);
bool is_same_person(Addresses const& one, Addresses const& other);

/// A stored message, and who may have encrypted with its secret.
struct SealedContext {
    Message const& holder; ///< of the secret
    Addresses authors;     ///< of `holder`
    Addresses senders;     ///< of what is to be opened
};

/// Nothing when the secret is not known, or does not open it.
std::optional<Bytes> open_with(SealedContext const& context, message::SecretUse use,
                               message::Sealed const& sealed);
/// The options that were chosen. Nothing when the holder is no poll, or the vote cannot be opened.
std::optional<std::vector<std::string>> open_vote(SealedContext const& context,
                                                  message::PollVote const& vote);
std::optional<message::EventAnswer> open_answer(SealedContext const& context,
                                                message::EventResponse const& response);
std::optional<message::Reaction> open_reaction(SealedContext const& context,
                                               message::EncryptedReaction const& reaction);
/// A whole message, whether it stands alone or names its target once more.
std::optional<message::Comment> open_comment(SealedContext const& context,
                                             message::EncryptedComment const& comment);
/// The changed message.
std::optional<message::TypedMessage> open_edit(SealedContext const& context, message::SecretEdit const& edit);

} // namespace wagate::engine
