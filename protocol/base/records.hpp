#pragma once
// The protocol core's view of an account's stored records: small values under (kind, key).
// Reads go through a chain of overlays down to storage; writes collect in an overlay and become part of one
// unit of work, or are dropped. libsignal saves a peer's identity before it has checked the MAC, so every
// cipher call runs on an overlay.
#include "protocol/base/bytes.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wagate {

/// Stored as integers: never renumber.
enum class RecordKind : std::uint8_t {
    account = 1,          ///< key "": serialized account (keys, JIDs, counters)
    signal_session = 2,   ///< key "name.device"
    identity = 3,         ///< key "name.device": 33-byte public key
    prekey = 4,           ///< key: decimal id
    signed_prekey = 5,    ///< key: decimal id
    sender_key = 6,       ///< key "group::name.device"
    device_list = 7,      ///< key: bare JID
    lid_of_phone = 8,     ///< key: phone user; value: lid user
    phone_of_lid = 9,     ///< key: lid user; value: phone user
    sender_key_warm = 10, ///< key: group JID; devices that have our sender key
    contact = 11,         ///< not used any more, see Contact
    retry_state = 12,     ///< key: chat|id|device
    app_state_key = 13,   ///< key: hex key id
    app_state = 14,       ///< key: collection; version and hash
    app_state_mac = 15,   ///< key "collection:hex index MAC"; value MAC
    group = 16,           ///< key: group JID; serialized Group
    media_host = 17,      ///< key "": the last media connection
    privacy_token = 18,   ///< key: bare JID; token others must show (7.10)
    label = 19,           ///< key: label id
    status_privacy = 20,  ///< key "": who sees the account's status posts
    history_chunk = 21,   ///< key: message id of a notification whose chunk is not stored yet
    early_changes = 22,   ///< key "": changes of messages that have not come yet; "star|…": their stars
    send_note = 60,       ///< key: id of an outbox entry; what sending it needs besides the message
    status_post = 61,     ///< key: id of an own status post; who got it. Key "": which there are
    /// key: collection; what the phone was asked for, and its answer
    app_state_recovery = 160,
    /// key: group JID; how members call themselves there
    member_labels = 161,
    quick_reply = 170,      ///< key "": the answers that a business keeps ready
    account_settings = 171, ///< key "": settings of app state
};

/// A record's full address inside one account.
using RecordKey = std::pair<RecordKind, std::string>;

/// Where records are read. Implementations: storage (cache over SQLite), memory (tests, sandbox),
/// RecordOverlay.
class RecordSource {
public:
    virtual ~RecordSource() = default;
    virtual std::optional<Bytes> read(RecordKind kind, std::string_view key) const = 0;
};

/// Collected changes on top of a source. Reading sees the changes first. Not thread-safe.
class RecordOverlay final : public RecordSource {
public:
    /// `base` must outlive the overlay.
    explicit RecordOverlay(RecordSource const& base) noexcept : base_(&base) {}

    std::optional<Bytes> read(RecordKind kind, std::string_view key) const override
    {
        if (auto found = changes_.find({kind, std::string{key}}); found != changes_.end())
            return found->second;
        return base_->read(kind, key);
    }
    void write(RecordKind kind, std::string_view key, Bytes value)
    {
        changes_[{kind, std::string{key}}] = std::move(value);
    }
    void erase(RecordKind kind, std::string_view key) { changes_[{kind, std::string{key}}] = std::nullopt; }

    /// nullopt marks a deletion.
    using Changes = std::map<RecordKey, std::optional<Bytes>>;
    Changes const& changes() const noexcept { return changes_; }
    Changes take_changes() { return std::exchange(changes_, {}); }
    /// Takes over the changes of a step that succeeded.
    void absorb(RecordOverlay&& step)
    {
        for (auto& [key, value] : step.changes_)
            changes_[key] = std::move(value);
        step.changes_.clear();
    }
    bool empty() const noexcept { return changes_.empty(); }

private:
    RecordSource const* base_;
    Changes changes_;
};

/// Records in memory: for tests and the sandbox.
class MemoryRecords final : public RecordSource {
public:
    std::optional<Bytes> read(RecordKind kind, std::string_view key) const override
    {
        auto found = records_.find({kind, std::string{key}});
        if (found == records_.end()) return std::nullopt;
        return found->second;
    }
    void apply(RecordOverlay::Changes const& changes)
    {
        for (auto const& [key, value] : changes) {
            if (value)
                records_[key] = *value;
            else
                records_.erase(key);
        }
    }
    std::size_t size() const noexcept { return records_.size(); }
    std::size_t count(RecordKind kind) const
    {
        std::size_t found = 0;
        for (auto const& [key, value] : records_)
            found += key.first == kind;
        return found;
    }

private:
    std::map<RecordKey, Bytes> records_;
};

} // namespace wagate
