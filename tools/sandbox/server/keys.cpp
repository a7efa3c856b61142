// Prekeys: upload, count, digest, rotation and bundles (protocol.md 5.2).
#include "protocol/stanza/prekeys.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

Node bytes_node(std::string_view tag, ByteView bytes)
{
    return Node{tag}.with_bytes(to_bytes(bytes));
}

std::optional<KeyStore::SignedKey> signed_key_of(Node const* skey)
{
    if (skey == nullptr) return std::nullopt;
    auto const* value = skey->child("value");
    auto const* signature = skey->child("signature");
    if (value == nullptr || signature == nullptr || value->bytes().size() != 32 ||
        signature->bytes().size() != 64)
        return std::nullopt;
    KeyStore::SignedKey key;
    key.id = number_of(skey->child("id"));
    key.key = to_array<32>(value->bytes());
    key.signature = to_array<64>(signature->bytes());
    return key;
}

Node signed_key_node(KeyStore::SignedKey const& key)
{
    Node node{"skey"};
    node.add(bytes_node("id", big_endian(key.id, 3)))
        .add(bytes_node("value", key.key))
        .add(bytes_node("signature", key.signature));
    return node;
}

/// @return 0, or the code of the iq error
int upload(Device& device, Node const& iq)
{
    auto const* identity = iq.child("identity");
    auto const* list = iq.child("list");
    auto const signed_key = signed_key_of(iq.child("skey"));
    if (identity == nullptr || identity->bytes().size() != 32 || list == nullptr || !signed_key) return 400;
    auto const identity_key = to_array<32>(identity->bytes());
    // The identity of a device is what the phone signed at pairing.
    if (identity_key != device.identity) return 406;
    if (!device.keys.set_identity(number_of(iq.child("registration")), identity_key, *signed_key)) return 406;
    for (auto const& child : list->children()) {
        auto const* value = child.child("value");
        if (child.tag != "key" || value == nullptr || value->bytes().size() != 32) return 400;
        device.keys.add({number_of(child.child("id")), to_array<32>(value->bytes())});
    }
    return 0;
}

Node digest_node(KeyStore const& keys)
{
    Node digest{"digest"};
    digest.add(bytes_node("registration", big_endian(keys.registration_id(), 4)));
    digest.add(bytes_node("type", Bytes{5}));
    digest.add(bytes_node("identity", keys.identity()));
    digest.add(signed_key_node(keys.signed_key()));
    binary::Nodes ids;
    for (auto const& key : keys.one_time())
        ids.push_back(bytes_node("id", big_endian(key.id, 3)));
    Node list{"list"};
    if (!ids.empty()) list.content = std::move(ids);
    digest.add(std::move(list));
    digest.add(bytes_node("hash", keys.digest()));
    return digest;
}

Node bundle_user(Network& network, Jid const& asked)
{
    Node user{"user"};
    user.set("jid", asked);
    auto* account = network.find(asked);
    auto const bundle = account == nullptr ? std::nullopt : network.take_bundle(*account, asked.device);
    if (!bundle) {
        Node error{"error"};
        error.set("code", std::int64_t{406}).set("text", "not-acceptable");
        user.add(std::move(error));
        return user;
    }
    user.set("t", network.now_seconds());
    user.add(bytes_node("registration", big_endian(bundle->registration_id, 4)));
    user.add(bytes_node("type", Bytes{5}));
    user.add(bytes_node("identity", bundle->identity));
    user.add(
        signed_key_node({bundle->signed_prekey_id, bundle->signed_prekey, bundle->signed_prekey_signature}));
    if (bundle->one_time) user.add(stanza::prekey_node(bundle->one_time->id, bundle->one_time->key));
    auto const& identity = account->find_device(asked.device)->device_identity;
    if (!identity.empty()) user.add(bytes_node("device-identity", identity));
    return user;
}

Node bundles(Network& network, Node const& iq, Node const& request)
{
    binary::Nodes users;
    for (auto const& child : request.children())
        if (auto const asked = child.jid("jid"); child.tag == "user" && asked)
            users.push_back(bundle_user(network, *asked));
    Node list{"list"};
    if (!users.empty()) list.content = std::move(users);
    return iq_result(iq).add(std::move(list));
}

} // namespace

void handle_encrypt(Network& network, Connection& connection, Node const& iq)
{
    auto& device = connection.device();
    if (iq.text("type") == "set") {
        if (auto const* rotate = iq.child("rotate")) {
            auto const key = signed_key_of(rotate->child("skey"));
            if (!key || !device.keys.rotate(*key))
                return connection.send(iq_error(iq, 406, "not-acceptable"));
            return connection.send(iq_result(iq));
        }
        if (auto const code = upload(device, iq); code != 0) {
            network.count("prekey_uploads_refused");
            return connection.send(iq_error(iq, code, code == 400 ? "bad-request" : "not-acceptable"));
        }
        network.count("prekey_uploads");
        connection.send(iq_result(iq));
        return network.sync_companion(connection.account(), device);
    }
    if (iq.child("count") != nullptr) {
        Node count{"count"};
        count.set("value", static_cast<std::int64_t>(device.keys.one_time_count()));
        return connection.send(iq_result(iq).add(std::move(count)));
    }
    if (iq.child("digest") != nullptr) {
        if (!device.keys.uploaded()) return connection.send(iq_error(iq, 404, "item-not-found"));
        return connection.send(iq_result(iq).add(digest_node(device.keys)));
    }
    if (auto const* request = iq.child("key")) return connection.send(bundles(network, iq, *request));
    connection.send(iq_error(iq, 400, "bad-request"));
}

} // namespace wagate::sandbox
