#pragma once
// The envelope of messages, receipts and acks: who, where, which (protocol.md 6.4, 7.6, 7.7).
#include "protocol/base/ids.hpp"
#include "protocol/base/time.hpp"
#include "protocol/binary/node.hpp"
#include "protocol/signal/signal.hpp"

namespace wagate::stanza {

struct MessageSource {
    Jid from;                      ///< as received, device included
    Jid chat;                      ///< bare
    Jid sender;                    ///< with device
    std::optional<Jid> sender_alt; ///< the sender's other form (PN or LID), device of the sender
    std::optional<Jid> chat_alt;   ///< the chat's other form for own fan-out
    bool from_me = false;
    bool is_peer = false; ///< category="peer": from the own phone to this device
    MessageId id;
    WallTime timestamp{};
    std::string push_name;
    std::string verified_name; ///< of a business, from its certificate
    bool offline = false;
};

/// Reads the rules of 6.4. Nothing when `from` or `id` is missing.
std::optional<MessageSource> parse_source(binary::Node const& message, Jid const& own_phone,
                                          Jid const& own_lid);

/// One <enc> child.
struct EncPart {
    std::optional<signal::CiphertextKind> kind; ///< nothing for types we do not know
    std::string type;
    Bytes ciphertext;
    int version = 2;
    int retry_count = 0;
};
std::vector<EncPart> enc_parts(binary::Node const& message);

/// True when this is a message, or says that there is one, which the own phone can be asked for (5.12): not
/// for what it will not hand on (seen once, hosted, of bots) nor for what it has sent itself to this device.
bool phone_can_resend(binary::Node const& message);

/// SHA-256 over class, sender, id and ciphertexts: the de-duplication key of an inbound stanza.
ByteArray<32> stanza_hash(binary::Node const& stanza);

/// <ack class=… id=… to=… [participant] [recipient] [type]/>, attributes by the table of 7.6.
binary::Node make_ack(binary::Node const& stanza);
binary::Node make_nack(binary::Node const& stanza, int error);

enum class ReceiptType : std::uint8_t { delivered, inactive, sender, peer_msg, read, hist_sync, played };
/// Receipt that answers `message`, with its exact from, participant and recipient.
binary::Node make_receipt(binary::Node const& message, ReceiptType type);
/// <receipt id to type t [participant]>, the first id as attribute, the others in a <list>. At most 256 ids.
/// @param type read or played
binary::Node make_read_receipt(Jid const& chat, std::optional<Jid> const& participant,
                               std::vector<MessageId> const& ids, WallTime now,
                               ReceiptType type = ReceiptType::read);

struct IncomingReceipt {
    Jid from; ///< with device
    std::optional<Jid> participant;
    std::optional<Jid> recipient;
    std::string type; ///< empty: delivered
    std::vector<MessageId> ids;
    WallTime timestamp{};
    /// Several members of a group in one receipt; then these count, and not `ids`.
    struct Member {
        MessageId id;
        Jid jid;          ///< as received
        std::string type; ///< as above
        WallTime timestamp{};
    };
    std::vector<Member> members;
};
/// What is beyond the bounds of a receipt (256 ids, 4096 members) is left out.
std::optional<IncomingReceipt> parse_receipt(binary::Node const& receipt);

/// <message category="peer"> to the own phone (7.5). @param device_identity of this device, for a pkmsg
binary::Node make_peer_message(Jid const& own_phone, MessageId const& id,
                               signal::Ciphertext const& ciphertext, ByteView device_identity);

/// <to jid=…><enc …/></to> or a bare <enc>.
binary::Node enc_node(signal::Ciphertext const& ciphertext, int retry_count = 0);

} // namespace wagate::stanza
