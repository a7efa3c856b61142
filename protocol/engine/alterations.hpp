#pragma once
// What changes, answers or accompanies messages that are there: reactions, edits, deletions, votes, answers
// to events, comments, pins (protocol.md 7.3, 7.8). Changes what is stored of the other message and tells the
// event. Only its sender may change a message; in groups an admin may delete it. What comes before the
// message that it is about is told, remembered, and made good when that comes.
#include "protocol/engine/core.hpp"
#include "protocol/engine/sealed_answers.hpp"

namespace wagate::engine {

class Alterations {
public:
    /// Changes that wait for their message; older ones are forgotten.
    static constexpr std::size_t max_early = 64;

    explicit Alterations(Core& core) noexcept : core_(core) {}

    /// Whether messages with that content are kept and given to `apply`: not key distribution, and of
    /// notices only those about the label of a member.
    static bool concerns(message::MessageBody const& body);

    /// `carrier` becomes durable with `work`, or has just become so: an inbound or own message of kind
    /// control.
    /// @param step the step's records on top of what is stored; its changes have to become part of `work`
    void apply(UnitOfWork& work, RecordOverlay& step, Message const& carrier);
    /// `message` is about to be stored for the first time: does to it what came before it.
    /// @return what is to be told after the message itself
    std::vector<EventBody> make_good(RecordOverlay& step, Message& message);

private:
    /// What a change does.
    struct Outcome {
        std::optional<Message> changed; ///< the other message
        std::optional<EventBody> event;
        bool waits = false; ///< the other message has to come first
    };
    struct Change;

    Outcome alter(RecordSource const& step, Message const& carrier, message::TypedMessage const& typed,
                  Message const* target) const;
    static Outcome react(Change const& change, message::Reaction const& reaction);
    static Outcome react(Change const& change, message::EncryptedReaction const& reaction);
    static Outcome edit(Change const& change, message::Edit const& edit);
    static Outcome edit(Change const& change, message::SecretEdit const& edit);
    static Outcome replace(Change const& change, message::TypedMessage const& content);
    static Outcome revoke(Change const& change, message::Revoke const& revoke);
    static Outcome pin(Change const& change, message::Pin const& pin, std::optional<message::Seconds> lasts);
    static Outcome comment(Change const& change, message::EncryptedComment const& comment);
    static Outcome comment(Change const& change, message::Comment const& comment);
    static Outcome vote(Change const& change, message::PollVote const& vote);
    static Outcome answer(Change const& change, message::EventResponse const& response);

    MessageTarget target_of(RecordSource const& step, Message const& carrier,
                            message::MessageReference const& reference, Message const* target) const;
    std::optional<Message> find(UnitOfWork const& work, Message const& carrier,
                                message::MessageReference const& reference) const;
    static void remember(RecordOverlay& step, Message const& carrier, MessageId const& target);

    Core& core_;
};

} // namespace wagate::engine
