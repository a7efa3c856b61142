#pragma once
// Receiving messages (protocol.md 5.8, 5.9, 7.6): decrypt on a copy, one unit of work, then the receipt.
// Nothing is acknowledged before what it acknowledges is durable (D1). What cannot be opened is kept and
// announced as waiting, and becomes the real message under the same id when it can be (waiting_room.hpp).
#include "protocol/engine/alterations.hpp"
#include "protocol/engine/chat_log.hpp"
#include "protocol/engine/waiting_room.hpp"

namespace wagate::engine {

class Inbox {
public:
    Inbox(Core& core, Directory& directory, WaitingRoom& waiting, Alterations& alterations, ChatLog& chat_log)
        : core_(core),
          directory_(directory),
          waiting_(waiting),
          alterations_(alterations),
          chat_log_(chat_log)
    {}

    void on_message(binary::Node const& stanza);

private:
    static constexpr int max_retries = 5;

    struct Opened {
        std::optional<message::Content> content;
        message::TypedMessage typed; ///< what `content` holds
        bool any_known = false;      ///< at least one enc type that we know
        ErrorCode failure;           ///< of the part that could not be opened
        bool malformed = false;      ///< decrypted, but no Message
    };
    Opened open_parts(RecordOverlay& step, binary::Node const& stanza,
                      stanza::MessageSource const& source) const;
    Result<Bytes> decrypt(RecordOverlay& step, binary::Node const& stanza,
                          stanza::MessageSource const& source, stanza::EncPart const& part) const;
    Result<void> verify_sender(RecordOverlay const& step, binary::Node const& stanza, Jid const& sender,
                               stanza::EncPart const& part) const;
    void deliver(UnitOfWork& work, RecordOverlay& step, stanza::MessageSource const& source,
                 message::Content const& content, message::TypedMessage const& typed);
    /// What the envelope tells of a message.
    Message envelope(RecordOverlay const& step, stanza::MessageSource const& source, Jid const& chat) const;
    /// What is stored under the name of `message`, or about to be.
    std::optional<Message> find(UnitOfWork const& work, Message const& message) const;
    /// True when this message is stored, or about to be: a resend of what did arrive in the end.
    bool is_known(Message const& message) const;
    /// The phone's answer to a request for a message that could not be opened.
    void take_resent(UnitOfWork& work, RecordOverlay& step, message::ResentMessage const& resent);
    void take_phone_content(RecordOverlay& step, message::PhoneContent const& phone);
    void answer(binary::Node const& stanza, stanza::MessageSource const& source, bool history) const;
    /// `step` holds what could be opened of the stanza.
    void ask_again(RecordOverlay&& step, binary::Node const& stanza, stanza::MessageSource const& source,
                   ErrorCode failure);
    binary::Node retry_receipt(RecordOverlay& step, binary::Node const& stanza,
                               stanza::MessageSource const& source, int count, ErrorCode failure);
    /// <unavailable/>: there is a message, which this device was not sent (5.12).
    void take_unavailable(binary::Node const& stanza, stanza::MessageSource const& source);
    /// The message as it is shown until it can be opened; nothing for peer messages and for what says that it
    /// is not to be shown.
    /// @return false when the message is here already
    bool announce(UnitOfWork& work, RecordOverlay const& step, binary::Node const& stanza,
                  stanza::MessageSource const& source, bool is_waiting) const;

    Core& core_;
    Directory& directory_;
    WaitingRoom& waiting_;
    Alterations& alterations_;
    ChatLog& chat_log_;
};

/// RetryReason of a failure (5.9).
int retry_reason(ErrorCode failure);

} // namespace wagate::engine
