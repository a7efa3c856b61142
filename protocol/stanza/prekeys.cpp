#include "protocol/stanza/prekeys.hpp"

#include "protocol/stanza/iq.hpp"

namespace wagate::stanza {

using binary::Node;
using binary::Nodes;

namespace {

Node bytes_node(std::string_view tag, ByteView bytes)
{
    return Node{tag}.with_bytes(to_bytes(bytes));
}

std::optional<crypto::Key32> key32(Node const* node)
{
    if (node == nullptr || node->bytes().size() != 32) return std::nullopt;
    return to_array<32>(node->bytes());
}

} // namespace

Node prekey_count(std::string_view id)
{
    return make_iq(id, IqType::get, "encrypt", {Node{"count"}});
}

Node prekey_digest(std::string_view id)
{
    return make_iq(id, IqType::get, "encrypt", {Node{"digest"}});
}

Node prekey_node(std::uint32_t id, ByteView public_key)
{
    return Node{"key"}.add(bytes_node("id", big_endian(id, 3))).add(bytes_node("value", public_key));
}

Node signed_prekey_node(signal::SignedPreKey const& key)
{
    Node node{"skey"};
    node.add(bytes_node("id", big_endian(key.id, 3)));
    node.add(bytes_node("value", key.keys.public_key));
    node.add(bytes_node("signature", key.signature));
    return node;
}

Node prekey_upload(std::string_view id, signal::LocalIdentity const& self,
                   signal::SignedPreKey const& signed_prekey, std::vector<signal::PreKey> const& keys)
{
    Nodes list;
    list.reserve(keys.size());
    for (auto const& key : keys)
        list.push_back(prekey_node(key.id, key.keys.public_key));
    Node holder{"list"};
    holder.content = std::move(list);
    Nodes children;
    children.push_back(bytes_node("registration", big_endian(self.registration_id, 4)));
    children.push_back(bytes_node("type", ByteArray<1>{5}));
    children.push_back(bytes_node("identity", self.identity.public_key));
    children.push_back(std::move(holder));
    children.push_back(signed_prekey_node(signed_prekey));
    return make_iq(id, IqType::set, "encrypt", std::move(children));
}

Node rotate_signed_prekey(std::string_view id, signal::SignedPreKey const& key)
{
    return make_iq(id, IqType::set, "encrypt", {Node{"rotate"}.add(signed_prekey_node(key))});
}

Node fetch_bundles(std::string_view id, std::vector<Jid> const& devices)
{
    Node key{"key"};
    for (auto const& device : devices) {
        Node user{"user"};
        user.set("jid", device).set("reason", "identity");
        key.add(std::move(user));
    }
    return make_iq(id, IqType::get, "encrypt", {std::move(key)});
}

ByteArray<20> key_digest(ByteView identity, signal::SignedPreKey const& signed_prekey,
                         std::vector<crypto::Key32> const& prekeys)
{
    Bytes joined = concat({identity, signed_prekey.keys.public_key, signed_prekey.signature});
    for (auto const& key : prekeys)
        append(joined, key);
    return crypto::sha1(joined);
}

std::optional<signal::PreKeyBundle> parse_bundle(Node const& holder, ByteView registration)
{
    auto const identity = key32(holder.child("identity"));
    auto const signed_key = key32(holder.path({"skey", "value"}));
    auto const* signed_id = holder.path({"skey", "id"});
    auto const* signature = holder.path({"skey", "signature"});
    if (!identity || !signed_key || signed_id == nullptr || signature == nullptr ||
        signature->bytes().size() != 64 || signed_id->bytes().size() > 4 || registration.size() > 4)
        return std::nullopt;
    signal::PreKeyBundle bundle;
    bundle.registration_id = static_cast<std::uint32_t>(read_big_endian(registration));
    bundle.identity = *identity;
    bundle.signed_prekey = *signed_key;
    bundle.signed_prekey_id = static_cast<std::uint32_t>(read_big_endian(signed_id->bytes()));
    bundle.signed_prekey_signature = to_array<64>(signature->bytes());
    if (auto const* one_time = holder.child("key")) {
        auto const value = key32(one_time->child("value"));
        auto const* key_id = one_time->child("id");
        if (!value || key_id == nullptr || key_id->bytes().size() > 4) return std::nullopt;
        bundle.one_time = signal::PreKeyBundle::OneTime{
            static_cast<std::uint32_t>(read_big_endian(key_id->bytes())), *value};
    }
    return bundle;
}

std::vector<FetchedBundle> parse_bundles(Node const& reply)
{
    std::vector<FetchedBundle> found;
    auto const* list = reply.child("list");
    if (list == nullptr) return found;
    for (auto const& user : list->children()) {
        auto const jid = user.jid("jid");
        if (user.tag != "user" || !jid) continue;
        FetchedBundle entry;
        entry.device = *jid;
        if (auto const error = error_of(user)) {
            entry.error = error->code;
        } else {
            auto const* registration = user.child("registration");
            entry.bundle = parse_bundle(user, registration != nullptr ? registration->bytes() : ByteView{});
            if (!entry.bundle) entry.error = 500;
            if (auto const* identity = user.child("device-identity")) {
                if (auto parsed = pairing::parse_signed_identity(identity->bytes()))
                    entry.device_identity = std::move(*parsed);
            }
        }
        found.push_back(std::move(entry));
    }
    return found;
}

} // namespace wagate::stanza
