// A phone hands its history to companions, piece by piece: inside the message or as a file on the media
// servers, which it uploads again when a companion cannot read it (protocol.md 8.6, 9.7).
#include "protocol/media/retry.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/e2e.pb.h"
#include "tools/sandbox/phone/history.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/network.hpp"

#include <algorithm>

namespace wagate::sandbox {
namespace {

constexpr int history_sync_notification = 5;
constexpr int initial = 0;
constexpr std::size_t most_inline_bytes = 64u << 10;
constexpr std::size_t most_pieces = 10'000; ///< that can be uploaded again
constexpr int not_on_phone = 2;

bool is_inline(HistoryCarrier carrier, HistoryChunk const& chunk)
{
    if (carrier != HistoryCarrier::usual) return carrier == HistoryCarrier::messages;
    return chunk.type == initial && chunk.order == 1 && chunk.packed.size() <= most_inline_bytes;
}

Bytes with_notice(proto::Message::HistorySyncNotification const& notice)
{
    proto::Message message;
    auto& protocol = *message.mutable_protocol_message();
    protocol.set_type(history_sync_notification);
    *protocol.mutable_history_sync_notification() = notice;
    return proto::encode(message);
}

} // namespace

void Phone::send_history_chunks(std::uint16_t device, HistoryPlan const& plan, std::int32_t type)
{
    HistoryMaker const maker{plan, account_.phone, type};
    for (std::uint32_t index = 0; index < maker.chunks(); ++index)
        send_history_piece(device, maker.chunk(index), plan.carrier);
}

void Phone::send_history_piece(std::uint16_t device, HistoryChunk const& chunk, HistoryCarrier carrier)
{
    proto::Message::HistorySyncNotification notice;
    notice.set_sync_type(chunk.type);
    notice.set_chunk_order(static_cast<std::uint32_t>(chunk.order));
    notice.set_progress(static_cast<std::uint32_t>(chunk.progress));
    if (!chunk.request.empty()) notice.set_peer_data_request_session_id(chunk.request);
    network_.count("history_chunks");
    if (is_inline(carrier, chunk)) {
        notice.set_initial_hist_bootstrap_inline_payload(to_text(chunk.packed));
        send_peer(device, with_notice(notice));
        return;
    }
    auto const file = upload(media::MediaType::history, chunk.packed);
    notice.set_direct_path(file.direct_path);
    notice.set_media_key(to_text(file.key.reveal()));
    notice.set_file_sha256(to_text(file.sha256));
    notice.set_file_enc_sha256(to_text(file.encrypted_sha256));
    notice.set_file_length(file.length);
    network_.count("history_files");
    keep_piece(send_peer(device, with_notice(notice)), proto::encode(notice));
}

void Phone::keep_piece(std::string const& id, Bytes notice)
{
    pieces_[id] = std::move(notice);
    piece_order_.push_back(id);
    if (piece_order_.size() <= most_pieces) return;
    pieces_.erase(piece_order_.front());
    piece_order_.pop_front();
}

/// @return false when it was no piece of history that is meant
bool Phone::upload_piece_again(binary::Node const& receipt)
{
    auto const id = receipt.text("id");
    auto const known = pieces_.find(id);
    auto const device = receipt.jid("from");
    proto::Message::HistorySyncNotification notice;
    if (known == pieces_.end() || !device || !proto::decode(notice, known->second)) return false;
    if (!media::open_media_retry_receipt(receipt, view(notice.media_key()))) {
        network_.count("phone_bad_media_retries");
        return true;
    }
    network_.count("phone_history_uploads_again");
    auto const path = network_.media().faults.lost_by_phones
                          ? std::nullopt
                          : network_.media().upload_again(view(notice.file_enc_sha256()));
    if (!path) {
        media::RetrySubject subject;
        subject.id = MessageId{id};
        subject.is_history = true;
        auto refusal = media::media_retry_refusal(subject, not_on_phone);
        refusal.set("from", account_.phone_jid()).set("t", network_.now_seconds());
        network_.deliver(account_, device->device, DeliveryKind::notification, std::move(refusal));
        return true;
    }
    notice.set_direct_path(*path);
    notice.set_original_message_id(id);
    keep_piece(send_peer(device->device, with_notice(notice)), proto::encode(notice));
    return true;
}

/// Messages older than one that a companion knows, out of made-up history or of what was really written.
std::optional<HistoryChunk> Phone::older_messages(Jid const& chat, std::string const& id, std::uint32_t count)
{
    if (kept_history)
        if (auto made = HistoryMaker{*kept_history, account_.phone, 0}.older(chat, id, count)) return made;
    auto const* known = find_message(id);
    if (known == nullptr) return std::nullopt;
    std::vector<KeptMessage> found;
    bool has_more = false;
    auto const is_same_chat = [&](ChatMessage const& other) {
        return known->group.user.empty() ? other.group.user.empty() && other.peer == known->peer
                                         : other.group == known->group;
    };
    auto const end = std::find_if(messages_.begin(), messages_.end(),
                                  [&](ChatMessage const& message) { return message.id == id; });
    for (auto each = std::make_reverse_iterator(end); each != messages_.rend(); ++each) {
        if (!is_same_chat(*each)) continue;
        has_more = found.size() == count;
        if (has_more) break;
        KeptMessage kept;
        kept.chat = chat.to_string();
        kept.id = each->id;
        kept.from_me = each->from_me;
        if (!each->group.user.empty() && !each->from_me) kept.participant = each->from.bare().to_string();
        kept.seconds = each->timestamp;
        kept.status = each->from_me ? std::max(each->ack, 0) + 1 : 4;
        if (!each->from_me && each->peer != nullptr) kept.push_name = each->peer->push_name;
        kept.content = to_text(each->content);
        found.push_back(std::move(kept));
    }
    return chunk_of(chat.to_string(), found, has_more);
}

} // namespace wagate::sandbox
