// App state collections: a log of encrypted patches per account (protocol.md 9.2).
#include "protocol/appstate/stanzas.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr std::size_t patches_in_a_reply = 500;

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

void add_patches_after(Node& out, PatchLog const& collection, std::uint64_t version)
{
    Node patches{"patches"};
    for (auto const& [number, patch] : collection.patches) {
        if (number <= version) continue;
        if (patches.children().size() == patches_in_a_reply) {
            out.set("has_more_patches", "true");
            break;
        }
        patches.add(Node{"patch"}.with_bytes(patch));
    }
    out.add(std::move(patches));
}

Node answer(Network& network, Connection& connection, Node const& asked)
{
    auto const name = asked.text("name");
    auto& account = connection.account();
    auto const known = static_cast<std::uint64_t>(asked.integer("version").value_or(0));
    Node out{"collection"};
    out.set("name", name);
    auto const* patch = asked.child("patch");
    auto const named = appstate::collection_from_name(name);
    if (patch != nullptr && account.faults.app_state_conflicts > 0 && named) {
        --account.faults.app_state_conflicts;
        network.count("faults_app_state_conflicts");
        account.handset->app_state().disturb(*named);
    }
    auto& collection = account.app_state[name];
    if (patch != nullptr && known == collection.version) {
        network.count("app_state_pushes");
        append_patch(network, account, name, patch->bytes(), connection.device().id);
        out.set("version", static_cast<std::int64_t>(collection.version));
        if (named) account.handset->app_state().read(*named);
        return out;
    }
    out.set("version", static_cast<std::int64_t>(collection.version));
    if (patch != nullptr) {
        network.count("app_state_conflicts");
        Node error{"error"};
        error.set("code", std::int64_t{409}).set("text", "conflict");
        out.set("type", "error");
        out.add(std::move(error));
    }
    if (known < collection.version) add_patches_after(out, collection, known);
    return out;
}

} // namespace

void append_patch(Network& network, Account& account, std::string const& name, ByteView patch,
                  std::uint16_t author)
{
    auto& collection = account.app_state[name];
    ++collection.version;
    collection.patches.emplace_back(collection.version, with_version(patch, collection.version));
    Node changed{"collection"};
    changed.set("name", name).set("version", static_cast<std::int64_t>(collection.version));
    auto notice = notification("server_sync", account.phone_jid(), network.next_id(), network.now_seconds());
    notice.add(std::move(changed));
    for (auto const& [id, device] : account.devices)
        if (id != 0 && id != author) network.deliver(account, id, DeliveryKind::notification, notice);
}

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
