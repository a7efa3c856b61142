#include "protocol/appstate/stanzas.hpp"

#include "protocol/stanza/iq.hpp"

namespace wagate::appstate {

using binary::Node;
using binary::Nodes;

namespace {

constexpr std::string_view xmlns = "w:sync:app:state";

std::uint64_t version_of(Node const& node)
{
    auto const version = node.integer("version").value_or(0);
    return version > 0 ? static_cast<std::uint64_t>(version) : 0;
}

Node named(Collection collection)
{
    Node node{"collection"};
    node.set("name", collection_name(collection));
    return node;
}

Node& set_version(Node& node, std::uint64_t version)
{
    return node.set("version", static_cast<std::int64_t>(version));
}

CollectionProblem problem_of(int code) noexcept
{
    switch (code) {
    case 0: return CollectionProblem::none;
    case 409: return CollectionProblem::conflict;
    case 400:
    case 404:
    case 405: return CollectionProblem::fatal;
    default: return CollectionProblem::temporary;
    }
}

bool read_contents(CollectionReply& reply, Node const& node)
{
    if (auto const* snapshot = node.child("snapshot"); snapshot != nullptr && !snapshot->bytes().empty()) {
        auto reference = parse_blob_reference(snapshot->bytes());
        if (!reference) return false;
        reply.snapshot = std::move(*reference);
    }
    auto const* holder = node.child("patches");
    for (auto const& child : (holder != nullptr ? *holder : node).children()) {
        if (child.tag != "patch") continue;
        auto patch = parse_patch(child.bytes());
        if (!patch) return false;
        reply.patches.push_back(std::move(*patch));
    }
    return true;
}

Node to_node(CollectionReply const& reply)
{
    auto node = named(reply.collection);
    set_version(node, reply.version);
    if (reply.has_more) node.set("has_more_patches", "true");
    if (reply.error_code != 0) {
        node.set("type", "error");
        Node error{"error"};
        error.set("code", std::int64_t{reply.error_code});
        error.set("text", reply.error_code == 409 ? "conflict" : "error");
        node.add(std::move(error));
    }
    if (reply.snapshot) node.add(Node{"snapshot"}.with_bytes(serialize(*reply.snapshot)));
    if (!reply.patches.empty()) {
        Node holder{"patches"};
        for (auto const& patch : reply.patches)
            holder.add(Node{"patch"}.with_bytes(serialize(patch)));
        node.add(std::move(holder));
    }
    return node;
}

} // namespace

Node sync_request(std::string_view id, std::vector<CollectionRequest> const& collections)
{
    Node sync{"sync"};
    for (auto const& wanted : collections) {
        auto node = named(wanted.collection);
        if (!wanted.wants_snapshot) set_version(node, wanted.version);
        node.set("return_snapshot", wanted.wants_snapshot ? "true" : "false");
        if (!wanted.patch.empty()) node.add(Node{"patch"}.with_bytes(wanted.patch));
        sync.add(std::move(node));
    }
    return stanza::make_iq(id, stanza::IqType::set, xmlns, {std::move(sync)});
}

Result<std::vector<CollectionReply>> parse_sync_reply(Node const& reply)
{
    auto const* sync = reply.child("sync");
    if (sync == nullptr) return AppStateErrc::malformed;
    std::vector<CollectionReply> replies;
    for (auto const& node : sync->children()) {
        auto const collection = collection_from_name(node.text("name"));
        if (node.tag != "collection" || !collection) continue;
        CollectionReply entry;
        entry.collection = *collection;
        entry.version = version_of(node);
        entry.has_more = node.text("has_more_patches") == "true";
        if (auto const error = stanza::error_of(node)) entry.error_code = error->code;
        entry.problem = problem_of(entry.error_code);
        if (!read_contents(entry, node)) {
            entry.problem = CollectionProblem::malformed;
            entry.snapshot.reset();
            entry.patches.clear();
        }
        replies.push_back(std::move(entry));
    }
    return replies;
}

std::vector<ChangedCollection> parse_server_sync(Node const& notification)
{
    std::vector<ChangedCollection> changed;
    if (notification.tag != "notification" || notification.text("type") != "server_sync") return changed;
    for (auto const& node : notification.children()) {
        auto const collection = collection_from_name(node.text("name"));
        if (node.tag == "collection" && collection) changed.push_back({*collection, version_of(node)});
    }
    return changed;
}

Result<std::vector<CollectionRequest>> parse_sync_request(Node const& request)
{
    auto const* sync = request.child("sync");
    if (sync == nullptr || request.text("xmlns") != xmlns) return AppStateErrc::malformed;
    std::vector<CollectionRequest> wanted;
    for (auto const& node : sync->children()) {
        auto const collection = collection_from_name(node.text("name"));
        if (node.tag != "collection" || !collection) return AppStateErrc::malformed;
        CollectionRequest entry;
        entry.collection = *collection;
        entry.version = version_of(node);
        entry.wants_snapshot = node.text("return_snapshot") == "true";
        if (auto const* patch = node.child("patch")) entry.patch = to_bytes(patch->bytes());
        wanted.push_back(std::move(entry));
    }
    return wanted;
}

Node sync_reply(Node const& request, std::vector<CollectionReply> const& replies)
{
    Node sync{"sync"};
    for (auto const& reply : replies)
        sync.add(to_node(reply));
    return stanza::iq_result(request).add(std::move(sync));
}

Node server_sync(std::string_view id, std::vector<ChangedCollection> const& changed)
{
    Node notification{"notification"};
    notification.set("type", "server_sync").set("id", id).set("from", Jid::server_jid());
    for (auto const& entry : changed) {
        auto node = named(entry.collection);
        set_version(node, entry.version);
        notification.add(std::move(node));
    }
    return notification;
}

} // namespace wagate::appstate
