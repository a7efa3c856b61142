#pragma once
// What sending an outbox entry needs besides its message. Kept as long as the entry, so that a send which
// outlives the process goes to the same people.
#include "protocol/engine/core.hpp"

namespace wagate::engine {

struct SendNote {
    std::vector<Jid> audience; ///< of a status post, as it was wished; empty: as the privacy settings say
    std::string setting;       ///< of what the audience is, see Audience; empty: not known
    std::string media_handle;  ///< of a file in a channel
    bool empty() const noexcept { return audience.empty() && media_handle.empty(); }
};

SendNote read_note(RecordSource const& records, MessageId const& entry);
void write_note(RecordOverlay& step, MessageId const& entry, SendNote const& note);
/// Only what is sent to a channel or as a status has notes.
void forget_note(RecordOverlay& step, OutboxEntry const& entry);

/// A status post may go out in several batches, each an entry of its own under the message's id and a suffix.
MessageId batch_id(MessageId const& message, RandomSource& random);
/// The message of an entry; the entry's own id but for batches.
MessageId message_of(OutboxEntry const& entry);
bool is_batch(OutboxEntry const& entry);

} // namespace wagate::engine
