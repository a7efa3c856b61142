#pragma once
// Tenants of the running process: their states, and deletions that go on until nothing is left.
#include "gateway/runtime/async_semaphore.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/runtime/runtime.hpp"
#include "gateway/tenants/tenant_states.hpp"
#include "gateway/tenants/tenants.hpp"
#include "storage/store.hpp"

namespace wagate::gateway {

class LiveTenants final : public Tenants {
public:
    /// What is done elsewhere. Called on the executor given; each may hop.
    struct Actions {
        std::function<Task<void>(TenantId)> stop_sessions;
        std::function<Task<void>(TenantId)> start_sessions; ///< those that ran before
        std::function<Task<void>(TenantId)> delete_sessions;
        std::function<void(TenantId const&)> revoke_keys;
        std::function<void(TenantId const&)> wake_deliveries;
        std::function<void(TenantId const&)> forget_limits; ///< on the pool; may block
    };

    /// All references must outlive it.
    LiveTenants(Executor executor, storage::Store& store, BlockingPool& pool, TenantStates& states,
                Actions actions);

    /// Reads the states. Blocks: once, at start-up, before any session starts.
    Result<void> load();
    /// Goes on with deletions, once all sessions are known. On the executor.
    void resume_deletions();
    /// On the executor. What is not done by then goes on after the next start.
    Task<void> stop();

    Task<Result<std::vector<storage::TenantRow>>> list() override;
    Task<Result<storage::TenantRow>> find(TenantId tenant) override;
    Task<Result<storage::TenantCounts>> counts(TenantId tenant) override;
    Task<Result<storage::TenantRow>> change(TenantId tenant, TenantChange change) override;
    Task<Result<storage::TenantRow>> suspend(TenantId tenant) override;
    Task<Result<storage::TenantRow>> resume(TenantId tenant) override;
    Task<Result<storage::TenantRow>> erase(TenantId tenant) override;

private:
    using Edit = std::function<Result<void>(storage::TenantRow&)>;
    using Follow = std::function<Task<void>(TenantId)>;

    /// Changes the stored row, then its state in memory, then what follows from it; one after the other.
    Task<Result<storage::TenantRow>> edit(TenantId tenant, Edit edit, Follow follow, std::string_view action);
    Task<Result<storage::TenantRow>> edit_here(TenantId tenant, Edit edit, Follow follow,
                                               std::string_view action);
    Task<void> erase_all(TenantId tenant);
    Task<bool> erase_once(TenantId tenant);

    Executor executor_;
    storage::Store& store_;
    BlockingPool& pool_;
    TenantStates& states_;
    Actions actions_;
    AsyncSemaphore changing_;
    TaskGroup deletions_;
    std::vector<TenantId> unfinished_; ///< found at the start
    bool is_stopping_ = false;
};

} // namespace wagate::gateway
