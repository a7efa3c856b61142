// App state collections: a log of encrypted patches per account (protocol.md 9.2). Snapshots are not made.
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace wagate::sandbox {

using binary::Node;

namespace {

/// The patch with `SyncdPatch.version{version}` (field 1) in front: only the server knows it.
Bytes with_version(ByteView patch, std::uint64_t version)
{
    std::string head;
    {
        google::protobuf::io::StringOutputStream stream(&head);
        google::protobuf::io::CodedOutputStream out(&stream);
        out.WriteVarint32(1 << 3 | 2);
        out.WriteVarint32(
            static_cast<std::uint32_t>(1 + google::protobuf::io::CodedOutputStream::VarintSize64(version)));
        out.WriteVarint32(1 << 3 | 0);
        out.WriteVarint64(version);
    }
    auto bytes = to_bytes(view(head));
    append(bytes, patch);
    return bytes;
}

Node patches_after(Collection const& collection, std::uint64_t version)
{
    Node patches{"patches"};
    for (auto const& [number, patch] : collection.patches)
        if (number > version) patches.add(Node{"patch"}.with_bytes(patch));
    return patches;
}

void tell_others(Network& network, Connection& connection, std::string const& name, std::uint64_t version)
{
    Node changed{"collection"};
    changed.set("name", name).set("version", static_cast<std::int64_t>(version));
    auto& account = connection.account();
    auto notice = notification("server_sync", account.phone_jid(), network.next_id(), network.now_seconds());
    notice.add(std::move(changed));
    for (auto const& [id, device] : account.devices)
        if (id != 0 && id != connection.device().id)
            network.deliver(account, id, DeliveryKind::notification, notice);
}

Node answer(Network& network, Connection& connection, Node const& asked)
{
    auto const name = asked.text("name");
    auto& collection = connection.account().app_state[name];
    auto const known = static_cast<std::uint64_t>(asked.integer("version").value_or(0));
    Node out{"collection"};
    out.set("name", name);
    if (auto const* patch = asked.child("patch")) {
        if (known != collection.version) {
            Node error{"error"};
            error.set("code", std::int64_t{409}).set("text", "conflict");
            out.set("type", "error").set("version", static_cast<std::int64_t>(collection.version));
            out.add(std::move(error)).add(patches_after(collection, known));
            return out;
        }
        ++collection.version;
        collection.patches.emplace_back(collection.version, with_version(patch->bytes(), collection.version));
        out.set("version", static_cast<std::int64_t>(collection.version));
        tell_others(network, connection, name, collection.version);
        return out;
    }
    out.set("version", static_cast<std::int64_t>(collection.version));
    if (known < collection.version) out.add(patches_after(collection, known));
    return out;
}

} // namespace

void handle_app_state(Network& network, Connection& connection, Node const& iq)
{
    auto const* request = iq.child("sync");
    if (request == nullptr) return connection.send(iq_error(iq, 400, "bad-request"));
    Node sync{"sync"};
    for (auto const& asked : request->children())
        if (asked.tag == "collection") sync.add(answer(network, connection, asked));
    connection.send(iq_result(iq).add(std::move(sync)));
}

} // namespace wagate::sandbox
