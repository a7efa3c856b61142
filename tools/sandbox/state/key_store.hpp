#pragma once
// The public keys that a device has uploaded: what the server hands out as prekey bundles (protocol.md 5.2).
#include "protocol/signal/signal.hpp"

#include <deque>

namespace wagate::sandbox {

class KeyStore {
public:
    struct SignedKey {
        std::uint32_t id = 0;
        crypto::Key32 key{};
        crypto::Signature signature{};
    };
    using OneTime = signal::PreKeyBundle::OneTime;

    bool uploaded() const noexcept { return uploaded_; }
    std::size_t one_time_count() const noexcept { return one_time_.size(); }
    crypto::Key32 const& identity() const noexcept { return identity_; }
    std::uint32_t registration_id() const noexcept { return registration_id_; }
    SignedKey const& signed_key() const noexcept { return signed_key_; }
    std::deque<OneTime> const& one_time() const noexcept { return one_time_; }

    /// Replaces identity and signed prekey. @return false when the signature is wrong; nothing changes then.
    bool set_identity(std::uint32_t registration_id, crypto::Key32 const& identity, SignedKey const& key);
    bool rotate(SignedKey const& key);
    /// A key whose id is already there replaces it.
    void add(OneTime const& key);
    /// The bundle of the next session; takes one one-time prekey away unless `without_one_time`.
    signal::PreKeyBundle take_bundle(bool without_one_time);
    /// SHA-1 over identity, signed prekey, its signature and the one-time keys in order.
    ByteArray<20> digest() const;

private:
    bool uploaded_ = false;
    std::uint32_t registration_id_ = 0;
    crypto::Key32 identity_{};
    SignedKey signed_key_;
    std::deque<OneTime> one_time_;
};

} // namespace wagate::sandbox
