#pragma once
// The primary device of an account: its keys sign companions; it opens and seals messages like any device.
#include "protocol/message/content.hpp"
#include "protocol/signal/signal.hpp"
#include "protocol/stanza/message.hpp"

#include <map>

namespace wagate::testing {

/// Everything that a server hands out about one device.
struct PublishedKeys {
    std::uint32_t registration_id = 0;
    crypto::Key32 identity{};
    std::uint32_t signed_prekey_id = 0;
    crypto::Key32 signed_prekey{};
    crypto::Signature signed_prekey_signature{};
    std::map<std::uint32_t, crypto::Key32> one_time;
    Bytes device_identity; ///< of companions
};

class FakePhone {
public:
    FakePhone(std::string phone_user, std::string lid_user, std::string name, RandomSource& random);

    Jid phone; ///< device 0
    Jid lid;   ///< device 0
    std::string push_name;
    signal::LocalIdentity identity;
    PublishedKeys published;
    MemoryRecords records;
    bool sends_receipts = true;
    bool registers_devices_as_hosted = false;
    bool helps = true; ///< answers companions that ask for messages again

    /// What companions have asked for and was not answered yet (protocol.md 5.12).
    struct ResendRequest {
        MessageId id; ///< of the request
        Jid companion;
        Bytes content; ///< serialized Message with the request
    };
    std::vector<ResendRequest> requests;
    std::size_t requests_seen = 0;
    /// The answer: what this phone has received or sent itself. Empty results for what it does not know.
    Bytes answer_to(ResendRequest const& request) const;

    struct Received {
        MessageId id;
        bool from_me = false; ///< a copy of what a companion of this account has sent
        message::Content content;
    };
    std::vector<Received> received;
    std::vector<std::string> failures; ///< texts of what could not be opened

    /// Opens every part of a message and remembers what was inside.
    bool receive(binary::Node const& stanza);
    bool has_session(Jid const& device) const;
    void start_session(Jid const& device, signal::PreKeyBundle const& bundle);
    void forget_session(Jid const& device);
    /// Pads and encrypts. Precondition: there is a session.
    signal::Ciphertext seal(Jid const& device, ByteView plaintext);
    std::vector<std::string> texts() const;
    /// Serialized Message of everything that was sent from this phone, by id.
    std::map<std::string, Bytes> sent;

private:
    RandomSource& random_;
};

} // namespace wagate::testing
