#pragma once
// Sending messages (protocol.md 5.4, 7.4): durable job, devices, sessions, encrypt on copies, one unit of
// work, then the bytes. One message at a time is prepared; several may wait for the server's acknowledgement.
#include "protocol/engine/directory.hpp"
#include "protocol/message/content.hpp"

#include <deque>
#include <unordered_map>

namespace wagate::engine {

struct TextDraft {
    CommandId command = 0;
    MessageId id; ///< empty: generated
    Jid chat;     ///< user JID, phone or LID
    std::string text;
    std::optional<MessageId> reply_to;
    std::vector<std::string> mentions;
    std::optional<IdempotencyKey> key; ///< durable together with the message
};

class Outbox {
public:
    Outbox(Core& core, Directory& directory) : core_(core), directory_(directory) {}

    /// Sends that a former process accepted and did not finish.
    void restore();
    void submit(TextDraft draft);
    /// Login is complete: sends what has no acknowledgement yet, identical bytes first, then prepares the
    /// rest.
    void on_active();
    void on_ack(binary::Node const& ack);
    /// Somebody has the message, so the server has it, although its ack was lost or is late.
    void on_delivered(MessageId const& id);
    void on_disconnected();
    /// The account is forgotten: nothing of this can be sent any more.
    void abandon(UnitOfWork& work);
    std::size_t pending() const noexcept { return queue_.size() + awaiting_.size(); }

private:
    struct Job {
        CommandId command = 0;
        OutboxEntry entry;
        Message message;
        std::uint64_t order = 0; ///< sent again in the order in which they were accepted
        bool is_stanza_durable = false;
        int server_retries = 0;
        int refusals = 0; ///< requests for devices or keys that the server refused
    };
    using JobPtr = std::shared_ptr<Job>;

    void take_in();
    void refuse(TextDraft const& draft);
    void accept(TextDraft draft);
    void prepare_next();
    void resolve(JobPtr const& job);
    void with_recipient(JobPtr const& job, Jid recipient);
    void with_devices(JobPtr const& job, Jid recipient, std::vector<Jid> devices);
    void encrypt(JobPtr const& job, Jid recipient, std::vector<Jid> const& devices);
    /// Tries `job` again later; gives it up when the server keeps refusing what it needs.
    void pause(JobPtr const& job, ErrorCode reason);
    void reject(JobPtr const& job, int code);
    void mark_failed(UnitOfWork& work, Job& job, int code) const;
    void report(JobPtr const& job, SendStage stage, int code = 0);
    void on_server_ack(JobPtr const& job, binary::Node const& ack);
    void on_refused(JobPtr const& job, int code);

    Core& core_;
    Directory& directory_;
    std::deque<TextDraft> intake_; ///< the front one may be waiting for a lookup
    std::deque<JobPtr> queue_;     ///< accepted, not yet encrypted
    bool preparing_ = false;
    bool in_prepare_ = false; ///< prepare_next is on the stack: it goes on by itself
    Core::TimerId pause_ = 0;
    std::uint64_t next_order_ = 1;
    std::unordered_map<std::string, JobPtr> awaiting_; ///< by message id: encrypted, unacknowledged
};

/// Builds sessions from fetched bundles for every device that lacks one; devices that fail are skipped.
/// Companions' identities are verified against their account (4.5).
void ensure_sessions(Core& core, std::vector<Jid> devices, std::function<void(ErrorCode)> done);

} // namespace wagate::engine
