#pragma once
// Fetching and pushing collections, and hearing that one has changed (protocol.md 9.2). Both sides.
#include "protocol/appstate/sealed.hpp"
#include "protocol/binary/node.hpp"

namespace wagate::appstate {

// --- the session's side

/// What is wanted of one collection, and what is to be changed in it.
struct CollectionRequest {
    Collection collection = Collection::regular;
    std::uint64_t version = 0;   ///< what the session has; not sent when a snapshot is asked for
    bool wants_snapshot = false; ///< the first time, and after snapshot_mac_mismatch
    Bytes patch;                 ///< to be pushed on top of `version`; empty to fetch only
};
binary::Node sync_request(std::string_view id, std::vector<CollectionRequest> const& collections);

enum class CollectionProblem : std::uint8_t {
    none,
    conflict,  ///< 409: apply the patches that came along, make the own patch anew, push again
    temporary, ///< any other code: try again later
    fatal,     ///< 400, 404, 405: trying again does not help
    malformed, ///< what the server sent does not parse; the other collections are not touched by it
};

struct CollectionReply {
    Collection collection = Collection::regular;
    std::uint64_t version = 0; ///< of the server
    bool has_more = false;     ///< ask again from the version reached
    CollectionProblem problem = CollectionProblem::none;
    int error_code = 0;
    std::optional<BlobReference> snapshot; ///< to be fetched and parsed first
    std::vector<Patch> patches;            ///< in order; those with `external` need their blob first
};
/// Collections that we do not know are left out. @return malformed when the reply holds no <sync>
Result<std::vector<CollectionReply>> parse_sync_reply(binary::Node const& reply);

struct ChangedCollection {
    Collection collection = Collection::regular;
    std::uint64_t version = 0;
    bool operator==(ChangedCollection const&) const = default;
};
/// <notification type="server_sync">: fetch these. Empty for any other stanza.
std::vector<ChangedCollection> parse_server_sync(binary::Node const& notification);

// --- the server's side

/// @return malformed
Result<std::vector<CollectionRequest>> parse_sync_request(binary::Node const& request);
/// Of each reply the problem's error code is sent, not the problem.
binary::Node sync_reply(binary::Node const& request, std::vector<CollectionReply> const& replies);
binary::Node server_sync(std::string_view id, std::vector<ChangedCollection> const& changed);

} // namespace wagate::appstate
