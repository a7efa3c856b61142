#pragma once
// What the phone says when it has made a piece of its history ready (protocol.md 9.7).
#include "protocol/base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace wagate::message {

/// Of HistorySyncNotification.syncType.
enum class HistoryType : std::int32_t {
    initial = 0,
    statuses = 1,
    full = 2,
    recent = 3,
    push_names = 4,
    details = 5,
    on_demand = 6,
    none = 7,
};

/// An encrypted file that holds the piece.
struct HistoryFile {
    std::string direct_path;
    Bytes media_key;
    Bytes sha256;
    Bytes encrypted_sha256;
    std::uint64_t bytes = 0;
    std::string encrypted_handle; ///< for its deletion; may be empty
};

struct HistoryNotification {
    std::int32_t type = 0;
    std::int32_t chunk = 0;
    std::int32_t progress = 0; ///< percent
    Bytes packed;              ///< the piece itself, zlib data; empty: it stands in a file
    std::optional<HistoryFile> file;
    std::string replaces; ///< the message id of an earlier piece that is uploaded anew; empty: none
    std::string request;  ///< the message id of the request that this answers; empty: sent unasked
};

/// Reads a serialized HistorySyncNotification; nothing when it is none.
std::optional<HistoryNotification> parse_history_notification(ByteView bytes);

/// The notification with another place of its file; as it is when it is none.
Bytes with_history_path(ByteView bytes, std::string const& direct_path);

/// The serialized peer message that asks the phone for messages of a chat older than the one named.
struct HistoryRequest {
    std::string chat;
    std::string oldest_id;
    bool oldest_from_me = false;
    std::int64_t oldest_seconds = 0;
    std::int32_t count = 50;
};
Bytes make_history_request(HistoryRequest const& request);

} // namespace wagate::message
