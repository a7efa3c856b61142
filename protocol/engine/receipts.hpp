#pragma once
// Receipts of others (protocol.md 7.7): delivered, read and played move a message's ack forward; retry
// receipts ask for a message again (5.10) and are answered from the stored message, also after a restart.
#include "protocol/engine/directory.hpp"
#include "protocol/stanza/message.hpp"

#include <deque>

namespace wagate::engine {

class Receipts {
public:
    /// `delivered` is told about own messages that have reached somebody.
    Receipts(Core& core, Directory& directory, std::function<void(MessageId const&)> delivered)
        : core_(core), directory_(directory), delivered_(std::move(delivered))
    {}

    void on_receipt(binary::Node const& receipt);
    /// Tells the senders that these messages were read.
    void mark_read(Jid const& chat, std::optional<Jid> const& participant, std::vector<MessageId> const& ids);
    /// And that these voice messages or round videos were played.
    void mark_played(Jid const& chat, std::optional<Jid> const& participant,
                     std::vector<MessageId> const& ids);

private:
    static constexpr std::size_t remembered_acks = 256;
    static constexpr int max_resends = 5;
    static constexpr std::size_t remembered_sessions = 256;

    /// The session in which a message did not arrive twice: when it is the same the next time, it is
    /// replaced.
    struct AskedAgain {
        MessageId id;
        Jid device;
        Bytes base_key;
    };

    std::optional<Message> find(Jid const& chat, MessageId const& id) const;
    /// One message that has come further with one person.
    struct Progress {
        MessageId id;
        Ack ack = Ack::device;
        std::optional<Jid> member; ///< of a group, or who has seen a status post
        WallTime time{};
    };
    static std::vector<Progress> progress_of(stanza::IncomingReceipt const& receipt);
    void on_progress(binary::Node const& node, stanza::IncomingReceipt const& receipt);
    void advance(UnitOfWork& work, Jid const& chat, Progress const& progress);
    void tell(Jid const& chat, std::optional<Jid> const& participant, std::vector<MessageId> const& ids,
              stanza::ReceiptType type);
    bool is_own(Jid const& jid) const;
    void on_retry(binary::Node const& node, stanza::IncomingReceipt const& receipt);
    void repair_session(RecordOverlay& step, binary::Node const& node, Jid const& device, MessageId const& id,
                        int count);
    void resend(binary::Node const& node, Message const& message, Jid const& device, int count);
    bool is_news(Progress const& progress);

    Core& core_;
    Directory& directory_;
    std::function<void(MessageId const&)> delivered_;
    std::deque<AskedAgain> asked_again_;
    std::deque<Progress> recent_; ///< may not be committed yet
};

} // namespace wagate::engine
