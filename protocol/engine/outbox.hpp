#pragma once
// Sending messages (protocol.md 5.4, 7.4): durable job, devices, sessions, encrypt on copies, one unit of
// work, then the bytes. Each chat is a lane: a message leaves when the server has answered the one before, so
// nothing overtakes what has to be tried again. Lanes do not wait for each other.
#include "protocol/engine/directory.hpp"
#include "protocol/engine/draft.hpp"
#include "protocol/message/content.hpp"

#include <deque>
#include <unordered_map>

namespace wagate::engine {

class Outbox {
public:
    /// Without an answer for so long the same bytes are sent again, on the same connection too.
    static constexpr Milliseconds resend_after = std::chrono::seconds{75};
    /// For the end of a time lock, before a refusal is reported without it.
    static constexpr Milliseconds unlock_limit = std::chrono::seconds{5};

    /// What follows from a message that the server has taken.
    using Taken = std::function<void(UnitOfWork& work, Message const& message)>;

    Outbox(Core& core, Directory& directory, Taken taken)
        : core_(core), directory_(directory), taken_(std::move(taken)), policy_(core.options.sending)
    {}

    /// Sends that a former process accepted and did not finish.
    void restore();
    void submit(Draft draft);
    /// A stanza that is no message of the user's, already encrypted: stored with `work`, sent when durable,
    /// and again until the server acknowledges it. Nothing is reported about it.
    void send_request(UnitOfWork work, OutboxEntry entry);
    /// Login is complete: sends what has no acknowledgement yet with identical bytes, prepares the rest.
    void on_active();
    void on_ack(binary::Node const& ack);
    /// Somebody has the message, so the server has it, although its ack was lost or is late.
    void on_delivered(MessageId const& id);
    void on_disconnected();
    /// The account is forgotten: nothing of this can be sent any more.
    void abandon(UnitOfWork& work);
    /// Messages of the user's.
    std::size_t pending() const noexcept;
    SendingState sending_state(WallTime now) const;
    /// In the order of acceptance.
    std::vector<WaitingSend> waiting(WallTime now) const;

    /// The server has told until when the account may not write to new chats.
    void note_time_lock(WallTime until);

private:
    struct Job {
        CommandId command = 0;
        OutboxEntry entry;
        Message message;
        Jid lane;
        std::string wire_id;      ///< under which the server acknowledges it; nearly always the message's own
        std::uint64_t order = 0;  ///< of acceptance
        bool is_request = false;  ///< no message, no lane
        bool is_accepted = false; ///< durable, and told
        bool is_abandoned = false; ///< the account was forgotten before that
        bool is_batch = false;     ///< of a post that is stored and told already
        bool is_stanza_durable = false;
        bool is_readdressed = false; ///< encrypted anew after the server refused its addressing
        bool is_admitted = false;    ///< the sending policy has let it go
        bool is_refused = false;     ///< for good; what is to be reported about it is being asked for
        int server_retries = 0;
        int refusals = 0; ///< requests for devices or keys that the server refused
        MonotonicTime sent{};
    };
    using JobPtr = std::shared_ptr<Job>;

    /// Drafts for one address; the front one may be waiting for a lookup.
    struct Intake {
        std::deque<Draft> drafts;
        bool is_queued = false; ///< waits for its turn to look up
    };
    /// Accepted messages of one chat, in order. Only the front one is under way.
    struct Lane {
        std::deque<JobPtr> jobs;
        bool is_preparing = false;
        bool is_held = false; ///< in `held_`
        Core::TimerId pause = 0;
        std::optional<SendingPolicy::Wait> waits_for = {}; ///< of `pause`, when the policy asked for it
        WallTime pause_end{};
    };

    static constexpr std::size_t max_lookups = 16;
    static constexpr std::size_t max_preparing = 16;

    void take_in(Jid const& chat);
    void look_up(Jid const& chat);
    void refuse(Draft const& draft, ErrorCode why) const;
    void accept(Draft draft);
    /// What the entry of a message to many or to a channel needs later.
    void note(RecordOverlay& step, Job const& job, Draft const& draft) const;
    /// The post that more people are to get, when the draft says the same under the same id.
    Result<bool> continues_post(Job& job) const;

    /// The lane of a chat, also when it was opened under the other address of the same person.
    Jid lane_of(Jid const& chat) const;
    void enqueue(JobPtr const& job);
    void close_if_idle(Jid const& chat);
    void prepare_next();
    void start(Lane& lane);
    /// Lets the messages go that the sending policy does not hold any more.
    void release_held();
    void pause_lane(Jid const& chat, Milliseconds time, std::optional<SendingPolicy::Wait> why = {});
    bool is_new_chat(Job const& job) const;
    void resolve(JobPtr const& job);
    void post_to_channel(JobPtr const& job);
    static std::string wire_id_of(OutboxEntry const& entry);
    void with_recipient(JobPtr const& job, Jid recipient);
    void with_devices(JobPtr const& job, Jid recipient, std::vector<Jid> devices);
    void encrypt(JobPtr const& job, Jid recipient, std::vector<Jid> const& devices);
    /// The stanza and the ratchets behind it become durable together; then it leaves.
    void commit_stanza(JobPtr const& job, binary::Node const& stanza, RecordOverlay step);

    // --- outbox_group.cpp: one message to many
    struct Spread;
    bool goes_to_many(Jid const& chat) const;
    void resolve_audience(JobPtr const& job);
    void ask_devices(std::shared_ptr<Spread> const& spread);
    void ask_keys(std::shared_ptr<Spread> const& spread);
    void encrypt_for_many(Spread const& spread);
    void forget_receivers(RecordOverlay& step, Jid const& chat) const;

    /// Tries `job` again later; gives it up when the server keeps refusing what it needs.
    void pause(JobPtr const& job, ErrorCode reason);
    void end_preparing(Job const& job);

    void transmit(JobPtr const& job);
    void arm_resend();
    void resend_overdue();

    /// The job is finished: the next one of its chat may go.
    void remove(JobPtr const& job);
    void reject(JobPtr const& job, SendFailure failure);
    void mark_failed(UnitOfWork& work, Job& job, SendFailure const& failure) const;
    void report(JobPtr const& job, SendStage stage, int code = 0);
    void on_server_ack(JobPtr const& job, binary::Node const& ack);
    void on_refused(JobPtr const& job, int code);
    void readdress(JobPtr const& job);
    void ask_unlock(JobPtr const& job);

    Core& core_;
    Directory& directory_;
    Taken taken_;
    std::map<Jid, Intake> intake_;
    std::deque<Jid> lookups_waiting_;
    std::size_t lookups_ = 0;

    std::map<Jid, Lane> lanes_;
    std::deque<Jid> ready_; ///< lanes whose front job may be taken up, in the order in which they became so
    SendingPolicy policy_;
    std::deque<Jid> held_;           ///< lanes whose front job asks the sending policy, in order
    Core::TimerId policy_timer_ = 0; ///< the policy holds them all until then
    std::size_t preparing_ = 0;
    bool in_prepare_ = false; ///< prepare_next is on the stack: it goes on by itself
    std::uint64_t next_order_ = 1;

    std::unordered_map<std::string, JobPtr> awaiting_; ///< by wire id: encrypted, unacknowledged
    Core::TimerId resend_timer_ = 0;
    std::vector<JobPtr> time_locked_; ///< refused; the end of the lock is being asked for
};

} // namespace wagate::engine
