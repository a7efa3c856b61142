#pragma once
// Signal sessions and sender keys over libsignal-protocol-c (protocol.md 5), with an OpenSSL crypto provider.
// Every call works on a RecordOverlay: nothing is written on failure, and the caller decides what to keep.
// One thread at a time per process thread; contexts are per thread inside.
#include "protocol/base/jid.hpp"
#include "protocol/base/records.hpp"
#include "protocol/base/time.hpp"
#include "protocol/crypto/crypto.hpp"

#include <functional>
#include <optional>

namespace wagate::signal {

enum class SignalErrc {
    no_session = 1,
    untrusted_identity,
    duplicate_message, ///< an old counter: the message was seen before
    invalid_message,   ///< bad MAC, malformed, or wrong version
    invalid_key,       ///< malformed key, or a signed prekey whose signature is wrong
    invalid_key_id,    ///< a prekey that is not ours (any more)
    no_sender_key,
    bad_padding,
    too_far_ahead, ///< more than 2,000 skipped messages: needs a new session
    internal,
};

/// Name and device as Signal sees them: PN `user`, LID `user_1`, hosted `user_128`, hosted.lid `user_129`
/// (5.1).
struct Address {
    std::string name;
    std::uint32_t device = 0;

    static Address of(Jid const& jid);
    /// "name.device": the key of session and identity records.
    std::string record_key() const;
    auto operator<=>(Address const&) const = default;
};

/// The long-lived keys of one device.
struct LocalIdentity {
    crypto::KeyPair identity;
    std::uint32_t registration_id = 0;
};

struct PreKey {
    std::uint32_t id = 0; ///< 24 bits
    crypto::KeyPair keys;
};
struct SignedPreKey {
    std::uint32_t id = 0;
    crypto::KeyPair keys;
    crypto::Signature signature{}; ///< XEdDSA over 05 || public key
};

/// What a server hands out about a device, to start a session with it.
struct PreKeyBundle {
    std::uint32_t registration_id = 0;
    crypto::Key32 identity{};
    std::uint32_t signed_prekey_id = 0;
    crypto::Key32 signed_prekey{};
    crypto::Signature signed_prekey_signature{};
    struct OneTime {
        std::uint32_t id = 0;
        crypto::Key32 key{};
    };
    std::optional<OneTime> one_time; ///< may be missing on the server
};

enum class CiphertextKind : std::uint8_t { prekey_message, message, sender_key_message };
/// "pkmsg", "msg", "skmsg".
std::string_view enc_type(CiphertextKind kind) noexcept;
std::optional<CiphertextKind> kind_from_enc_type(std::string_view type) noexcept;

struct Ciphertext {
    CiphertextKind kind = CiphertextKind::message;
    Bytes bytes;
};

// --- key material (records: prekey and signed_prekey in libsignal's serialization)
SignedPreKey generate_signed_prekey(std::uint32_t id, ByteView identity_private_key, RandomSource& random);
std::vector<PreKey> generate_prekeys(std::uint32_t first_id, std::size_t count,
                                     RandomSource& random); ///< ids wrap to 1 after 2^24-1
void store_prekey(RecordOverlay& records, PreKey const& key);
void store_signed_prekey(RecordOverlay& records, SignedPreKey const& key, WallTime created);

// --- pairwise sessions
bool has_session(RecordSource const& records, Address const& peer);
/// Registration id of the remote side of the session, for retry handling (5.10). Nothing without a session.
std::optional<std::uint32_t> remote_registration_id(RecordSource const& records, Address const& peer);
/// Base key of the session (33 bytes), to notice that it has not changed (5.10). Empty without a session.
Bytes session_base_key(RecordSource const& records, Address const& peer);
void erase_session(RecordOverlay& records, Address const& peer);
/// The stored identity of a peer (32 bytes).
std::optional<crypto::Key32> stored_identity(RecordSource const& records, Address const& peer);
void store_identity(RecordOverlay& records, Address const& peer, ByteView public_key32);

/// Verifies the signed prekey's signature and builds an outgoing session (X3DH). Replaces a changed identity.
Result<void> process_bundle(RecordOverlay& records, LocalIdentity const& self, Address const& peer,
                            PreKeyBundle const& bundle);
/// Encrypts padded plaintext as it stands (see message padding in protocol/message).
Result<Ciphertext> encrypt(RecordOverlay& records, LocalIdentity const& self, Address const& peer,
                           ByteView plaintext);
/// @param changed_identity set when the peer's identity key differs from the stored one (5.11); the message
/// is still decrypted.
Result<Bytes> decrypt(RecordOverlay& records, LocalIdentity const& self, Address const& peer,
                      CiphertextKind kind, ByteView ciphertext, bool* changed_identity = nullptr);
/// Identity key inside a pkmsg, without decrypting; for ADV checks.
std::optional<crypto::Key32> identity_in_prekey_message(ByteView ciphertext);

/// Moves sessions, identities of device `device` from one address to another (PN to LID, 6.3). An existing
/// target is kept.
void move_records(RecordOverlay& records, Address const& from, Address const& to);

// --- groups
struct SenderKeyName {
    std::string group; ///< group JID text, or status@broadcast
    Address sender;
    std::string record_key() const;
};
/// Creates the own sender key when there is none and returns its distribution message.
Result<Bytes> sender_key_distribution(RecordOverlay& records, SenderKeyName const& own);
Result<void> process_sender_key_distribution(RecordOverlay& records, SenderKeyName const& name,
                                             ByteView distribution);
Result<Bytes> group_encrypt(RecordOverlay& records, SenderKeyName const& own, ByteView plaintext);
Result<Bytes> group_decrypt(RecordOverlay& records, SenderKeyName const& name, ByteView ciphertext);

/// libsignal draws randomness itself; this replaces its source for the calling thread (nullptr: the
/// system's).
void set_random_source(RandomSource* random) noexcept;

boost::system::error_code make_error_code(SignalErrc error);

} // namespace wagate::signal

template <>
struct boost::system::is_error_code_enum<wagate::signal::SignalErrc> : std::true_type {};
