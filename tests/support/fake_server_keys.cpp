// What clients ask about devices: prekeys, bundles, usync.
#include "protocol/stanza/prekeys.hpp"
#include "tests/support/fake_server.hpp"
#include "tests/support/fake_server_nodes.hpp"

namespace wagate::testing {

using binary::Node;

void FakeServer::on_encrypt_iq(Companion& device, Node const& iq)
{
    auto reply = server_result(iq);
    if (iq.text("type") == "set") {
        auto const* holder = iq.child("rotate") != nullptr ? iq.child("rotate") : &iq;
        device.keys.signed_prekey_id =
            static_cast<std::uint32_t>(read_big_endian(content_of(holder->path({"skey", "id"}))));
        device.keys.signed_prekey = key_of(holder->path({"skey", "value"}));
        device.keys.signed_prekey_signature = to_array<64>(content_of(holder->path({"skey", "signature"})));
        if (auto const* list = iq.child("list"))
            for (auto const& key : list->children())
                device.keys
                    .one_time[static_cast<std::uint32_t>(read_big_endian(content_of(key.child("id"))))] =
                    key_of(key.child("value"));
    } else if (iq.child("count") != nullptr) {
        reply.add(Node{"count"}.set("value", static_cast<std::int64_t>(device.keys.one_time.size())));
    } else if (iq.child("digest") != nullptr) {
        reply.add(Node{"digest"}.add(bytes_child("identity", device.keys.identity)));
    } else if (auto const* wanted = iq.child("key")) {
        Node list{"list"};
        for (auto const& user : wanted->children())
            list.add(bundle_of(user.jid("jid").value()));
        reply.add(std::move(list));
    }
    write(device.connection, reply);
}

signal::PreKeyBundle FakeServer::take_bundle(Jid const& device)
{
    auto& published = keys(device);
    signal::PreKeyBundle bundle{published.registration_id,         published.identity,
                                published.signed_prekey_id,        published.signed_prekey,
                                published.signed_prekey_signature, std::nullopt};
    if (auto const first = published.one_time.begin(); first != published.one_time.end()) {
        bundle.one_time = signal::PreKeyBundle::OneTime{first->first, first->second};
        published.one_time.erase(first);
    }
    return bundle;
}

Node FakeServer::bundle_of(Jid const& device)
{
    Node user{"user"};
    user.set("jid", device);
    auto* owner = find_account(device);
    if (owner == nullptr || (device.device != 0 && !owner->companions.contains(device.device))) {
        user.add(Node{"error"}.set("code", "406").set("text", "not-acceptable"));
        return user;
    }
    auto const bundle = take_bundle(device);
    Node signed_prekey{"skey"};
    signed_prekey.add(bytes_child("id", big_endian(bundle.signed_prekey_id, 3)))
        .add(bytes_child("value", bundle.signed_prekey));
    signed_prekey.add(bytes_child("signature", bundle.signed_prekey_signature));
    user.add(bytes_child("registration", big_endian(bundle.registration_id, 4)))
        .add(bytes_child("type", ByteArray<1>{5}));
    user.add(bytes_child("identity", bundle.identity)).add(std::move(signed_prekey));
    if (bundle.one_time) user.add(stanza::prekey_node(bundle.one_time->id, bundle.one_time->key));
    if (device.device != 0) user.add(bytes_child("device-identity", keys(device).device_identity));
    return user;
}

Node FakeServer::usync(Node const& request)
{
    Node list{"list"};
    for (auto const& asked : request.path({"usync", "list"})->children()) {
        auto const* contact = asked.child("contact");
        auto const number = contact != nullptr ? to_text(contact->bytes()) : std::string{};
        auto const jid = contact != nullptr ? Jid::phone(number.substr(1)) : asked.jid("jid").value();
        auto* owner = find_account(jid);
        Node user{"user"};
        user.set("jid", jid);
        if (contact != nullptr)
            user.add(Node{"contact"}.set("type", owner != nullptr ? "in" : "out").with_text(number));
        if (owner != nullptr) {
            user.add(Node{"lid"}.set("val", owner->phone->lid));
            if (jid.is_lid() && names_other_address) user.set("pn_jid", owner->phone->phone);
            if (contact == nullptr) {
                pairing::KeyIndexList indexes{1,
                                              static_cast<std::uint64_t>(unix_seconds(clock_.now.wall)),
                                              owner->next_device - 1u,
                                              {}};
                Node devices{"device-list"};
                devices.add(Node{"device"}.set("id", "0"));
                for (auto const& [number_of_device, device] : owner->companions) {
                    indexes.valid_indexes.push_back(device.key_index);
                    Node entry{"device"};
                    entry.set("id", std::int64_t{number_of_device})
                        .set("key-index", std::int64_t{device.key_index});
                    devices.add(std::move(entry));
                }
                Node holder{"devices"};
                holder.add(std::move(devices));
                holder.add(bytes_child(
                    "key-index-list",
                    pairing::make_signed_key_index_list(indexes, owner->phone->identity.identity, random_)));
                user.add(std::move(holder));
            }
        }
        list.add(std::move(user));
    }
    auto reply = server_result(request);
    reply.add(Node{"usync"}.add(std::move(list)));
    return reply;
}

} // namespace wagate::testing
