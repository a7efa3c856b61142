#pragma once
// Writes the audit log: around the endpoints that are audited, and for what no endpoint sees.
#include "api/audit_rules.hpp"
#include "api/http/router.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "storage/keeper.hpp"

#include <mutex>
#include <unordered_map>

namespace wagate {

/// "key:key_id_…"; "operator" for the configured administrator's key, "operator:…" for a stored one;
/// "configured-key".
std::string actor_of(http::Principal const& principal);

class Auditor {
public:
    /// Failures of one address within `burst_window` that are told; the next entry comes at ten times as
    /// many.
    static constexpr std::size_t burst = 10;
    static constexpr std::chrono::minutes burst_window{1};

    /// Both must outlive it and every answer under way.
    Auditor(storage::AuditLog& log, BlockingPool& pool) noexcept : log_(log), pool_(pool) {}
    Auditor(Auditor const&) = delete;
    Auditor& operator=(Auditor const&) = delete;

    /// Calls an endpoint. Where the route is audited, the entry is durable before the answer is given; the
    /// operator's acts on a tenant leave one in either chain.
    Task<http::Response> call(http::Route const& route, http::Call call);
    /// A request without a valid key. Any thread; waits for nothing.
    void note_unauthorized(std::string const& source);

private:
    struct Burst {
        std::chrono::steady_clock::time_point began;
        std::size_t failures = 0;
        std::size_t next_told = burst;
    };
    static Task<http::Response> run(Auditor* self, AuditRule rule, http::Endpoint inner, http::Call call);
    static Task<http::Response> finish(Auditor* self, std::vector<storage::AuditEntry> entries,
                                       std::string_view made, http::Response response);
    static Task<http::Response> finish_late(Auditor* self, std::vector<storage::AuditEntry> entries,
                                            std::string_view made, http::LateAnswer later);

    storage::AuditLog& log_;
    BlockingPool& pool_;
    std::mutex mutex_;
    std::unordered_map<std::string, Burst> bursts_;
};

} // namespace wagate
