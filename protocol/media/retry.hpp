#pragma once
// Asking the own phone to upload a file again that the servers no longer have (protocol.md 8.6). Both sides.
#include "protocol/base/ids.hpp"
#include "protocol/base/random.hpp"
#include "protocol/binary/node.hpp"
#include "protocol/media/errors.hpp"

namespace wagate::media {

/// The message whose file is missing.
struct RetrySubject {
    MessageId id;
    Jid chat;
    bool from_me = false;
    std::optional<Jid> participant; ///< the sender, in groups
    bool is_history = false;        ///< the message is a notice of a piece of history: only its id counts

    bool operator==(RetrySubject const&) const = default;
};

/// <receipt type="server-error"> to the own phone, as a peer's for history. @return MediaErrc::bad_key for a
/// key of another length
Result<binary::Node> media_retry_receipt(RetrySubject const& subject, Jid const& own_phone,
                                         ByteView media_key, RandomSource& random);

/// What the phone answers, still sealed: <notification type="mediaretry">.
struct RetryNotice {
    RetrySubject subject;
    int error_code = 0; ///< 2: the phone does not have it either; 0: there is an answer
    Bytes sealed;
    Bytes nonce;
};
/// @return MediaErrc::malformed
Result<RetryNotice> parse_media_retry(binary::Node const& notification);

enum class RetryOutcome : std::uint8_t {
    general_error = 0,
    success = 1,
    not_found = 2,
    decryption_error = 3
};

struct RetryAnswer {
    RetryOutcome outcome = RetryOutcome::general_error;
    std::string direct_path; ///< where the file is now; the keys and hashes stay
    Bytes message_secret;
};
/// @return unsealed when the notice holds an error code, bad_key, malformed, wrong_message, or
///         crypto::CryptoErrc::authentication_failed
Result<RetryAnswer> open_media_retry(RetryNotice const& notice, ByteView media_key);

// --- the phone's side

/// The request inside a receipt; the media key is that of the message it names.
/// @return as open_media_retry
Result<RetrySubject> open_media_retry_receipt(binary::Node const& receipt, ByteView media_key);
/// @return MediaErrc::bad_key for a key of another length
Result<binary::Node> media_retry_notification(RetrySubject const& subject, RetryAnswer const& answer,
                                              ByteView media_key, RandomSource& random);
/// An error instead of an answer.
binary::Node media_retry_refusal(RetrySubject const& subject, int error_code);

} // namespace wagate::media
