#include "protocol/media/retry.hpp"

#include "protocol/base/secret.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/media/keys.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/media.pb.h"

namespace wagate::media {

using binary::Node;

namespace {

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t max_sealed_bytes = 65'536;

Secret<Bytes> retry_key(ByteView media_key)
{
    return Secret{crypto::hkdf_sha256(media_key, {}, "WhatsApp Media Retry Notification", 32)};
}

Node subject_node(RetrySubject const& subject)
{
    Node node{"rmr"};
    node.set("jid", subject.chat).set("from_me", subject.from_me ? "true" : "false");
    if (subject.participant) node.set("participant", *subject.participant);
    return node;
}

std::optional<RetrySubject> read_subject(Node const& stanza)
{
    auto const* node = stanza.child("rmr");
    RetrySubject subject;
    subject.id = MessageId{stanza.text("id")};
    if (node == nullptr) {
        // Nothing but history is in no chat.
        subject.is_history = true;
        return subject.id.empty() ? std::nullopt : std::optional{subject};
    }
    auto const chat = node->jid("jid");
    if (!chat || subject.id.empty()) return std::nullopt;
    subject.chat = *chat;
    subject.from_me = node->text("from_me") == "true";
    subject.participant = node->jid("participant");
    return subject;
}

template <class Message>
Node seal(Message const& message, MessageId const& id, ByteView media_key, RandomSource& random)
{
    Bytes plaintext(message.ByteSizeLong());
    message.SerializeToArray(plaintext.data(), static_cast<int>(plaintext.size()));
    auto nonce = random.bytes(nonce_bytes);
    auto const key = retry_key(media_key);
    auto sealed = crypto::aes256_gcm_seal(key.reveal(), nonce, plaintext, view(id.value));
    Node node{"encrypt"};
    node.add(Node{"enc_p"}.with_bytes(std::move(sealed)));
    node.add(Node{"enc_iv"}.with_bytes(std::move(nonce)));
    return node;
}

template <class Message>
Result<Message> open(RetryNotice const& notice, ByteView media_key)
{
    if (notice.error_code != 0) return MediaErrc::unsealed;
    if (media_key.size() != media_key_bytes) return MediaErrc::bad_key;
    auto const key = retry_key(media_key);
    WAGATE_TRY(auto const plaintext, crypto::aes256_gcm_open(key.reveal(), notice.nonce, notice.sealed,
                                                             view(notice.subject.id.value)));
    Message message;
    if (!proto::decode(message, plaintext)) return MediaErrc::malformed;
    // The id is also the associated data of the seal, so what leaves it out is bound to it all the same.
    if (message.has_stanza_id() && message.stanza_id() != notice.subject.id.value)
        return MediaErrc::wrong_message;
    return message;
}

/// Subject and sealed part of either stanza.
Result<RetryNotice> read_notice(Node const& stanza)
{
    auto const subject = read_subject(stanza);
    if (!subject) return MediaErrc::malformed;
    RetryNotice notice;
    notice.subject = *subject;
    auto const* sealed = stanza.path({"encrypt", "enc_p"});
    auto const* nonce = stanza.path({"encrypt", "enc_iv"});
    if (sealed == nullptr || nonce == nullptr || nonce->bytes().size() != nonce_bytes ||
        sealed->bytes().size() < crypto::gcm_tag_bytes || sealed->bytes().size() > max_sealed_bytes)
        return MediaErrc::malformed;
    notice.sealed = to_bytes(sealed->bytes());
    notice.nonce = to_bytes(nonce->bytes());
    return notice;
}

Node notification_for(RetrySubject const& subject)
{
    Node node{"notification"};
    node.set("type", "mediaretry").set("id", subject.id.value);
    if (!subject.is_history) node.add(subject_node(subject));
    return node;
}

} // namespace

Result<Node> media_retry_receipt(RetrySubject const& subject, Jid const& own_phone, ByteView media_key,
                                 RandomSource& random)
{
    if (media_key.size() != media_key_bytes) return MediaErrc::bad_key;
    proto::ServerErrorReceipt message;
    message.set_stanza_id(subject.id.value);
    Node receipt{"receipt"};
    receipt.set("id", subject.id.value).set("to", own_phone.bare()).set("type", "server-error");
    receipt.add(seal(message, subject.id, media_key, random));
    if (subject.is_history)
        receipt.set("category", "peer");
    else
        receipt.add(subject_node(subject));
    return receipt;
}

Result<RetryNotice> parse_media_retry(Node const& notification)
{
    if (notification.tag != "notification" || notification.text("type") != "mediaretry")
        return MediaErrc::malformed;
    auto const* error = notification.child("error");
    if (error == nullptr) return read_notice(notification);
    auto const subject = read_subject(notification);
    if (!subject) return MediaErrc::malformed;
    RetryNotice notice;
    notice.subject = *subject;
    auto const code = error->integer("code").value_or(-1);
    // 0 would mean that there is no error.
    notice.error_code = code > 0 && code < 1'000'000 ? static_cast<int>(code) : -1;
    return notice;
}

Result<RetryAnswer> open_media_retry(RetryNotice const& notice, ByteView media_key)
{
    WAGATE_TRY(auto const message, open<proto::MediaRetryNotification>(notice, media_key));
    RetryAnswer answer;
    if (message.result() >= 0 && message.result() <= static_cast<int>(RetryOutcome::decryption_error))
        answer.outcome = static_cast<RetryOutcome>(message.result());
    answer.direct_path = message.direct_path();
    answer.message_secret = to_bytes(message.message_secret());
    return answer;
}

Result<RetrySubject> open_media_retry_receipt(Node const& receipt, ByteView media_key)
{
    if (receipt.tag != "receipt" || receipt.text("type") != "server-error") return MediaErrc::malformed;
    WAGATE_TRY(auto notice, read_notice(receipt));
    WAGATE_CHECK_OK(open<proto::ServerErrorReceipt>(notice, media_key));
    return std::move(notice.subject);
}

Result<Node> media_retry_notification(RetrySubject const& subject, RetryAnswer const& answer,
                                      ByteView media_key, RandomSource& random)
{
    if (media_key.size() != media_key_bytes) return MediaErrc::bad_key;
    proto::MediaRetryNotification message;
    message.set_stanza_id(subject.id.value);
    message.set_result(static_cast<int>(answer.outcome));
    if (!answer.direct_path.empty()) message.set_direct_path(answer.direct_path);
    if (!answer.message_secret.empty()) message.set_message_secret(to_text(answer.message_secret));
    return notification_for(subject).add(seal(message, subject.id, media_key, random));
}

Node media_retry_refusal(RetrySubject const& subject, int error_code)
{
    Node error{"error"};
    error.set("code", std::int64_t{error_code});
    return notification_for(subject).add(std::move(error));
}

} // namespace wagate::media
