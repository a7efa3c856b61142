#pragma once
// A virtual phone: device 0 of an account. It has its own identity and Signal sessions, signs companions,
// decrypts what is addressed to it, sends texts, and does a primary device's duties for its companions
// (protocol.md 11.7). All state is in memory; everything happens on the sandbox's thread.
#include "protocol/binary/node.hpp"
#include "protocol/media/media_type.hpp"
#include "protocol/message/body.hpp"
#include "protocol/message/content.hpp"
#include "protocol/signal/signal.hpp"
#include "tools/sandbox/phone/app_state.hpp"
#include "tools/sandbox/phone/history.hpp"
#include "tools/sandbox/state/account.hpp"

#include <deque>
#include <unordered_map>

namespace wagate::proto {
class Message;
}
namespace wagate::stanza {
struct MessageSource;
}

namespace wagate::sandbox {

class Network;
struct ChatGroup;

/// A file for the phone to send.
struct OutgoingMedia {
    message::Media facts; ///< kind, mimetype, caption and so on
    Bytes content;
};

/// A text, a file, a product or an order that the phone has sent or received.
struct ChatMessage {
    std::string id;
    Account* peer = nullptr; ///< the other side of the chat; in groups the author
    Jid group;               ///< also status@broadcast; empty: no group
    Jid from;                ///< sender with device, as on the wire
    bool from_me = false;
    std::string text;
    std::int64_t timestamp = 0; ///< unix seconds
    std::string quoted_id;
    std::string enc_type; ///< pkmsg or msg; empty for own sends
    int ack = 0;          ///< own messages: -1 error, 0 pending, 1 server, 2 delivered, 3 read, 4 played
    JidServer form = JidServer::lid; ///< addressing on the wire
    Bytes content;                   ///< serialized Message
    bool deleted = false;            ///< by its author, for everyone
};

class Phone {
public:
    /// Makes the keys and registers them with the server.
    Phone(Network& network, Account& account);

    crypto::KeyPair const& identity() const noexcept { return local_.identity; }

    // --- what the user does
    bool online() const noexcept { return online_; }
    /// Offline, stanzas wait; back online they are handled in order.
    void set_online(bool online);
    std::optional<std::string> auto_reply; ///< "{text}" stands for the received text
    bool auto_read = false;
    /// Sends to all devices of `to` and to the own companions. @return the message id
    std::string send_text(Account& to, std::string const& text, std::string const& reply_to, JidServer form);
    /// @return the message id
    std::string send_to_group(ChatGroup& group, std::string const& text, std::string const& reply_to);
    /// What the user calls itself in a group. @return the message id
    std::string set_label(ChatGroup& group, std::string const& text);
    /// Reads a received message: sends the receipt. @return false when there is no such message
    bool read(std::string const& id);
    std::deque<ChatMessage> const& messages() const noexcept { return messages_; }
    /// Hostile: any bytes as what is sealed in a message to all devices of `to`, with the padding that they
    /// bring. @return the message id
    std::string send_sealed(Account& to, ByteView plaintext, JidServer form);
    /// Hostile: any bytes as a message to an own companion, padded as it should be.
    std::string send_peer(std::uint16_t device, Bytes content);
    /// Anything that is no text and no file. @return the message id
    std::string send_typed(Account& to, message::TypedMessage content, JidServer form);
    /// Uploads the file and sends it like a text. @return the message id
    std::string send_media(Account& to, OutgoingMedia media, JidServer form);
    /// Shows a status post to these people and the own companions. @return the message id
    std::string post_status(std::vector<Account*> audience, message::TypedMessage content);
    std::string post_status_media(std::vector<Account*> audience, OutgoingMedia media);
    /// @return false when there is no such own post
    bool delete_status(std::string const& id);
    /// The plain file of a message, fetched from the media servers and verified.
    Result<Bytes> file_of(std::string const& id);

    // --- the server's side
    void receive(binary::Node stanza);
    /// ADVSignedKeyIndexList of the account's present devices.
    Bytes const& signed_key_index_list();
    /// Uploads new one-time prekeys when few are left.
    void replenish_prekeys();

    // --- companions
    /// The first peer messages to a new companion: app state key, security setting, LID mappings, history.
    void sync_companion(std::uint16_t device);
    void forget_companion(std::uint16_t device);
    /// What companions that are paired from now on are sent at once; nothing: names and addresses only.
    std::optional<HistoryPlan> history;
    /// Where messages come from that companions ask for.
    std::optional<HistoryPlan> kept_history;
    /// Encrypts and uploads. @return where it is and how it is opened
    message::MediaFile upload(media::MediaType type, ByteView content);
    /// Sends made-up history in pieces. @param type HistorySync.syncType: 0 initial, 2 full, 3 recent
    void send_history_chunks(std::uint16_t device, HistoryPlan const& plan, std::int32_t type);
    PhoneAppState& app_state() noexcept { return app_state_; }
    void rotate_app_state_key(bool share);

private:
    /// What a retry receipt may ask for again.
    struct Sent {
        Account* to = nullptr;
        Jid group;                      ///< instead of `to`
        std::vector<Account*> audience; ///< of a status post
        JidServer form = JidServer::lid;
        bool peer = false; ///< category="peer"
        std::int64_t timestamp = 0;
        Bytes content;
    };

    void process_inbox();
    void on_message(binary::Node const& stanza);
    /// Channels are not encrypted.
    void on_channel_message(binary::Node const& stanza, Jid const& channel);
    void on_receipt(binary::Node const& stanza);
    void on_retry_request(binary::Node const& stanza);
    /// A companion asks for a file to be uploaded again (protocol.md 8.6).
    void on_media_retry(binary::Node const& receipt);
    void on_peer_message(message::Content const& content, std::string const& id, std::uint16_t device);
    std::string send_content(Account& to, ChatMessage message);
    void take_text(binary::Node const& stanza, Account& sender, message::Content content,
                   std::string enc_type);
    void ask_for_resend(binary::Node const& stanza, int reason);
    /// Counts reporting tokens, and those that do not fit the message.
    void check_report(binary::Node const& stanza, stanza::MessageSource const& source,
                      ByteView content) const;
    bool companion_is_genuine(binary::Node const& stanza, Account& sender, ByteView ciphertext) const;
    void send_receipt(binary::Node receipt);

    /// An <enc> for one device; starts a session when there is none. Nothing when the device has no keys.
    std::optional<binary::Node> encrypt_for(Account& account, std::uint16_t device, ByteView content,
                                            int retry_count = 0);
    std::optional<binary::Node> seal_for(Account& account, std::uint16_t device, ByteView plaintext,
                                         int retry_count = 0);
    bool start_session(Account& account, std::uint16_t device);
    void dispatch(std::string const& id, Sent const& sent);
    void resend(std::string const& id, Sent const& sent, Account& account, Jid const& requester, int count);
    // --- groups.cpp
    signal::SenderKeyName own_key_name(Jid const& group) const;
    void on_group_message(binary::Node const& stanza, stanza::MessageSource const& source, Account& sender);
    void dispatch_to_group(std::string const& id, Sent const& sent, ChatGroup& group);
    void resend_to_member(std::string const& id, Sent const& sent, Account& account, Jid const& requester,
                          int count);
    // --- status.cpp
    std::string send_status(std::vector<Account*> audience, ChatMessage message);
    bool dispatch_status(std::string const& id, Sent const& sent);
    /// Puts the encrypted file on the media servers and describes it in `media.facts`.
    void upload(OutgoingMedia& media);
    std::string new_id();
    void remember(std::string const& id, Sent sent);
    /// Keeps the newest messages.
    void keep_message(ChatMessage message);
    ChatMessage* find_message(std::string const& id);

    /// @return the message id; empty when the device has no keys
    std::string send_peer(std::uint16_t device, proto::Message const& content);
    // --- history_sending.cpp
    void send_history_piece(std::uint16_t device, HistoryChunk const& chunk, HistoryCarrier carrier);
    void keep_piece(std::string const& id, Bytes notice);
    bool upload_piece_again(binary::Node const& receipt);
    std::optional<HistoryChunk> older_messages(Jid const& chat, std::string const& id, std::uint32_t count);
    void share_app_state_keys(std::uint16_t device);
    void send_history(std::uint16_t device, int sync_type);
    void send_lid_mappings(std::uint16_t device);
    void answer_data_request(proto::Message const& content, std::string const& request_id,
                             std::uint16_t device);

    Network& network_;
    Account& account_;
    signal::LocalIdentity local_;
    std::optional<signal::SignedPreKey> signed_prekey_;
    MemoryRecords records_;
    std::uint32_t next_prekey_id_ = 1;
    bool online_ = true;
    bool processing_ = false;
    std::deque<binary::Node> inbox_;
    std::deque<ChatMessage> messages_;
    std::unordered_map<std::string, std::uint64_t> message_numbers_; ///< by id
    std::uint64_t first_message_ = 0;                                ///< number of messages_.front()
    std::map<std::string, Sent> sent_;
    std::deque<std::string> sent_order_;
    std::set<std::string> auto_replies_; ///< ids, so that two phones never answer each other for ever
    std::map<std::string, int> retries_; ///< sender|id: how often a resend was asked for
    std::map<std::string, std::set<std::string>> key_holders_; ///< by group: devices that have the own key
    std::map<std::string, Bytes> pieces_; ///< of history in files, by message id: the notice
    std::deque<std::string> piece_order_;
    PhoneAppState app_state_;
    Bytes key_index_list_;
    std::uint64_t key_index_list_time_ = 0;
    std::size_t key_index_list_devices_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

} // namespace wagate::sandbox
