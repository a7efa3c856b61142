#include "tools/sandbox/state/key_store.hpp"

namespace wagate::sandbox {
namespace {

bool signature_holds(crypto::Key32 const& identity, KeyStore::SignedKey const& key)
{
    return crypto::xeddsa_verify(identity, crypto::typed_key(key.key), key.signature);
}

} // namespace

bool KeyStore::set_identity(std::uint32_t registration_id, crypto::Key32 const& identity,
                            SignedKey const& key)
{
    if (!signature_holds(identity, key)) return false;
    registration_id_ = registration_id;
    identity_ = identity;
    signed_key_ = key;
    uploaded_ = true;
    return true;
}

bool KeyStore::rotate(SignedKey const& key)
{
    if (!signature_holds(identity_, key)) return false;
    signed_key_ = key;
    return true;
}

void KeyStore::add(OneTime const& key)
{
    // Uploads come in order, so an id that is already there is near the end.
    for (auto known = one_time_.rbegin(); known != one_time_.rend() && known->id >= key.id; ++known) {
        if (known->id == key.id) {
            *known = key;
            return;
        }
    }
    one_time_.push_back(key);
}

signal::PreKeyBundle KeyStore::take_bundle(bool without_one_time)
{
    signal::PreKeyBundle bundle;
    bundle.registration_id = registration_id_;
    bundle.identity = identity_;
    bundle.signed_prekey_id = signed_key_.id;
    bundle.signed_prekey = signed_key_.key;
    bundle.signed_prekey_signature = signed_key_.signature;
    if (!without_one_time && !one_time_.empty()) {
        bundle.one_time = one_time_.front();
        one_time_.pop_front();
    }
    return bundle;
}

ByteArray<20> KeyStore::digest() const
{
    Bytes all = concat({identity_, signed_key_.key, signed_key_.signature});
    for (auto const& key : one_time_)
        append(all, key.key);
    return crypto::sha1(all);
}

} // namespace wagate::sandbox
