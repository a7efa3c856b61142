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

appstate::BlobReference in_file(Account& account, ByteView content)
{
    auto const file = account.handset->upload(media::MediaType::app_state, content);
    appstate::BlobReference reference;
    reference.media_key = file.key.reveal();
    reference.direct_path = file.direct_path;
    reference.file_bytes = file.length;
    reference.plain_sha256 = file.sha256;
    reference.encrypted_sha256 = file.encrypted_sha256;
    return reference;
}

/// For a fault: what its author has signed is something else.
Bytes damaged(ByteView bytes)
{
    auto patch = appstate::parse_patch(bytes);
    if (!patch || patch->snapshot_mac.empty()) return to_bytes(bytes);
    patch->snapshot_mac[0] ^= 1;
    return appstate::serialize(*patch);
}

void add_patches_after(Node& out, PatchLog const& collection, std::uint64_t version, bool is_bad)
{
    Node patches{"patches"};
    for (auto const& [number, patch] : collection.patches) {
        if (number <= version) continue;
        if (patches.children().size() == patches_in_a_reply) {
            out.set("has_more_patches", "true");
            break;
        }
        auto const in_file = collection.in_files.find(number);
        auto const& given = in_file == collection.in_files.end() ? patch : in_file->second;
        patches.add(Node{"patch"}.with_bytes(is_bad ? damaged(given) : given));
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
    auto const is_bad = account.faults.bad_app_state == name;
    auto from = known;
    if (asked.text("return_snapshot") == "true" && !collection.snapshot.empty()) {
        network.count("app_state_snapshots");
        out.add(Node{"snapshot"}.with_bytes(is_bad ? collection.bad_snapshot : collection.snapshot));
        from = collection.snapshot_version;
    }
    if (from < collection.version) add_patches_after(out, collection, from, is_bad);
    return out;
}

} // namespace

void compact_app_state(Account& account)
{
    for (auto const named : appstate::all_collections) {
        account.handset->app_state().read(named); // it needs no patch any more
        auto& collection = account.app_state[std::string{appstate::collection_name(named)}];
        if (collection.patches.empty()) continue;
        appstate::Snapshot made;
        for (auto const& [number, bytes] : collection.patches) {
            auto const patch = appstate::parse_patch(bytes);
            if (!patch) return;
            for (auto const& mutation : patch->mutations) {
                if (mutation.operation == appstate::Operation::set)
                    collection.records[to_bytes(mutation.index_mac)] = mutation;
                else
                    collection.records.erase(to_bytes(mutation.index_mac));
            }
            // Who wrote last has said what the MAC of all of it is.
            made.mac = patch->snapshot_mac;
            made.key_id = patch->key_id;
        }
        made.version = collection.version;
        for (auto const& [index, record] : collection.records)
            made.records.push_back(record);
        collection.snapshot = appstate::serialize(in_file(account, appstate::serialize(made)));
        if (!made.mac.empty()) made.mac[0] ^= 1;
        collection.bad_snapshot = appstate::serialize(in_file(account, appstate::serialize(made)));
        collection.snapshot_version = collection.version;
        collection.patches.clear();
        collection.in_files.clear();
    }
}

void move_last_patch_to_file(Account& account, std::string const& name)
{
    auto& collection = account.app_state[name];
    if (collection.patches.empty()) return;
    auto const& [number, bytes] = collection.patches.back();
    auto patch = appstate::parse_patch(bytes);
    if (!patch) return;
    patch->external = in_file(account, appstate::serialize(patch->mutations));
    patch->mutations.clear();
    collection.in_files[number] = appstate::serialize(*patch);
}

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
