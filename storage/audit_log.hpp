#pragma once
// The audit log: who did what, in chains of hashes, one for each tenant and one for the operator. Entries are
// only ever added.
#include "protocol/base/bytes.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wagate::storage {

struct AuditEntry {
    std::optional<TenantId> tenant;    ///< whose chain; nothing: the operator's
    std::uint64_t number = 0;          ///< in its chain, from 1, without gaps; given by the store
    WallTime time{};                   ///< to the millisecond
    std::string actor = {};            ///< "key:key_id_…", "operator", "wagate"; never a secret
    std::string source = {};           ///< address of the peer; empty: the process itself
    std::string action = {};           ///< "key.created"
    std::string target = {};           ///< what it was done to; no full phone numbers
    std::string outcome = "succeeded"; ///< or "failed"
    std::map<std::string, std::string> details = {};
    ByteArray<32> previous{}; ///< hash of the entry before; zeros in the first
    ByteArray<32> hash{};
    bool operator==(AuditEntry const&) const = default;
};

/// "tenant:acme" or "operator".
std::string audit_chain_name(std::optional<TenantId> const& tenant);

/// SHA-256 over netstrings (decimal length, ":", the bytes, ","): "wagate-audit-1", the previous hash in
/// lower-case hexadecimal, the chain's name, number, time in Unix milliseconds, actor, source, action,
/// target, outcome, and name and value of each detail by name in the order of bytes.
ByteArray<32> audit_hash(AuditEntry const& entry);

struct AuditQuery {
    std::optional<TenantId> tenant; ///< nothing: the operator's chain
    std::uint64_t after = 0;        ///< number
    std::size_t limit = 100;
    std::optional<WallTime> from = {};  ///< inclusive
    std::optional<WallTime> until = {}; ///< exclusive
    std::optional<std::string> action = {};
    std::optional<std::string> actor = {};
};
struct AuditPage {
    std::vector<AuditEntry> entries;
    std::optional<std::uint64_t> next; ///< go on behind this number; nothing at the end
};

/// An entry that somebody has noted elsewhere.
struct AuditAnchor {
    std::uint64_t number = 0;
    ByteArray<32> hash{};
};
struct AuditVerdict {
    std::uint64_t entries = 0;               ///< that were looked at
    std::optional<std::uint64_t> bad_number; ///< the first entry that is not as it was
    std::string problem = {};                ///< empty: the chain is whole
    std::uint64_t last_number = 0;
    ByteArray<32> last_hash{};
};

/// Checks a chain entry by entry, whoever has it: the store, or a reader of an export.
class AuditChecker {
public:
    /// @param from_start whether the first entry must be that with number 1
    explicit AuditChecker(bool from_start) noexcept : from_start_(from_start) {}
    /// @return false once something is wrong; what comes later is not looked at
    bool add(AuditEntry const& entry);
    AuditVerdict& verdict() noexcept { return verdict_; }

private:
    bool fail(AuditEntry const& entry, std::string problem);

    bool const from_start_;
    AuditVerdict verdict_;
    std::string chain_;
};

/// All calls block. Any thread but event loops and the writer's.
class AuditLog {
public:
    virtual ~AuditLog() = default;
    /// Durable when it returns a value. @return not_found: no such tenant
    virtual Result<void> append(AuditEntry entry) = 0;
    virtual AuditPage page(AuditQuery const& query) = 0;
    virtual AuditVerdict verify(std::optional<TenantId> const& tenant,
                                std::optional<AuditAnchor> const& anchor = {}) = 0;
};

} // namespace wagate::storage
