#include "gateway/tenants/live_tenants.hpp"

#include "gateway/runtime/hop.hpp"
#include "gateway/store_calls.hpp"
#include "gateway/telemetry/log.hpp"

#include <algorithm>

namespace wagate::gateway {
namespace {

using storage::TenantRow;
using storage::TenantState;

constexpr std::chrono::seconds trouble_pause{1};
/// The operator's key acts in it, and it would be there again after the next start.
constexpr std::string_view standard_tenant = "default";

class TenantCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.tenants"; }
    std::string message(int value) const override
    {
        switch (static_cast<TenantErrc>(value)) {
        case TenantErrc::not_found: return "there is no such tenant";
        case TenantErrc::is_deleting: return "the tenant is being deleted";
        case TenantErrc::is_needed: return "this tenant cannot be deleted";
        }
        return "unknown error";
    }
};

ErrorCode told(ErrorCode const& error)
{
    return error == storage::StoreErrc::not_found ? ErrorCode(TenantErrc::not_found) : error;
}

Result<TenantRow> row_of(storage::Store& store, TenantId const& tenant)
{
    for (auto& row : store.tenant_records().tenant_rows())
        if (row.id == tenant) return std::move(row);
    return TenantErrc::not_found;
}

Task<void> nothing(TenantId)
{
    co_return;
}

} // namespace

ErrorCode make_error_code(TenantErrc error)
{
    static TenantCategory const category;
    return {static_cast<int>(error), category};
}

LiveTenants::LiveTenants(Executor executor, storage::Store& store, BlockingPool& pool, TenantStates& states,
                         Actions actions)
    : executor_(executor),
      store_(store),
      pool_(pool),
      states_(states),
      actions_(std::move(actions)),
      changing_(executor, 1),
      deletions_(executor)
{}

Result<void> LiveTenants::load()
try {
    for (auto const& row : store_.tenant_records().tenant_rows()) {
        states_.set(row.id, row.state);
        if (row.state != TenantState::deleting) continue;
        actions_.revoke_keys(row.id);
        unfinished_.push_back(row.id);
    }
    return {};
} catch (boost::system::system_error const& failure) {
    return failure.code();
}

void LiveTenants::resume_deletions()
{
    for (auto& tenant : std::exchange(unfinished_, {}))
        deletions_.spawn("delete tenant", erase_all(std::move(tenant)));
}

Task<void> LiveTenants::stop()
{
    is_stopping_ = true;
    deletions_.cancel();
    co_await deletions_.join();
}

Task<Result<std::vector<TenantRow>>> LiveTenants::list()
{
    auto read = [this] { return store_.tenant_records().tenant_rows(); };
    auto rows = co_await run_storage(pool_, std::move(read));
    if (!rows) co_return told(rows.error());
    co_return rows;
}

Task<Result<TenantRow>> LiveTenants::find(TenantId tenant)
{
    auto read = [this, &tenant] { return row_of(store_, tenant); };
    auto row = co_await run_storage(pool_, std::move(read));
    if (!row) co_return told(row.error());
    co_return row;
}

Task<Result<storage::TenantCounts>> LiveTenants::counts(TenantId tenant)
{
    auto read = [this, &tenant] { return store_.tenant_records().tenant_counts(tenant); };
    auto found = co_await run_storage(pool_, std::move(read));
    if (!found) co_return told(found.error());
    co_return found;
}

Task<Result<TenantRow>> LiveTenants::edit(TenantId tenant, Edit edit, Follow follow, std::string_view action)
{
    auto work = edit_here(std::move(tenant), std::move(edit), std::move(follow), action);
    co_return co_await run_on(executor_, std::move(work));
}

Task<Result<TenantRow>> LiveTenants::edit_here(TenantId tenant, Edit edit, Follow follow,
                                               std::string_view action)
{
    auto const turn = co_await changing_.acquire();
    auto write = [&]() -> Result<TenantRow> {
        WAGATE_TRY(auto row, row_of(store_, tenant));
        if (row.state == TenantState::deleting) return TenantErrc::is_deleting;
        WAGATE_CHECK_OK(edit(row));
        WAGATE_CHECK_OK(store_.tenant_records().update_tenant(row));
        states_.set(tenant, row.state);
        return row;
    };
    auto row = co_await run_storage(pool_, std::move(write));
    if (!row) co_return told(row.error());
    log::info("tenant", {{"tenant", tenant.value}, {"action", action}});
    auto following = follow(tenant);
    co_await std::move(following);
    co_return row;
}

Task<Result<TenantRow>> LiveTenants::change(TenantId tenant, TenantChange change)
{
    Edit edit_row = [change = std::move(change)](TenantRow& row) -> Result<void> {
        if (change.name) row.name = *change.name;
        if (change.metadata_json) row.metadata_json = *change.metadata_json;
        return {};
    };
    Follow follow = nothing;
    co_return co_await edit(std::move(tenant), std::move(edit_row), std::move(follow), "changed");
}

Task<Result<TenantRow>> LiveTenants::suspend(TenantId tenant)
{
    Edit edit_row = [](TenantRow& row) -> Result<void> {
        row.state = TenantState::suspended;
        return {};
    };
    Follow follow = actions_.stop_sessions;
    co_return co_await edit(std::move(tenant), std::move(edit_row), std::move(follow), "suspended");
}

Task<Result<TenantRow>> LiveTenants::resume(TenantId tenant)
{
    Edit edit_row = [](TenantRow& row) -> Result<void> {
        row.state = TenantState::active;
        return {};
    };
    Follow follow = [this](TenantId which) -> Task<void> {
        actions_.wake_deliveries(which);
        return actions_.start_sessions(std::move(which));
    };
    co_return co_await edit(std::move(tenant), std::move(edit_row), std::move(follow), "resumed");
}

Task<Result<TenantRow>> LiveTenants::erase(TenantId tenant)
{
    Edit edit_row = [](TenantRow& row) -> Result<void> {
        if (row.id.value == standard_tenant) return TenantErrc::is_needed;
        row.state = TenantState::deleting;
        return {};
    };
    Follow follow = [this](TenantId which) -> Task<void> {
        actions_.revoke_keys(which);
        if (!is_stopping_) deletions_.spawn("delete tenant", erase_all(which));
        co_return;
    };
    co_return co_await edit(std::move(tenant), std::move(edit_row), std::move(follow), "deleting");
}

Task<void> LiveTenants::erase_all(TenantId tenant)
{
    for (;;) {
        auto erasing = erase_once(tenant);
        bool const is_done = co_await std::move(erasing);
        if (is_done) break;
        co_await sleep_for(trouble_pause);
    }
    states_.set(tenant, TenantState::active); // of nobody: the name is free
    log::info("tenant", {{"tenant", tenant.value}, {"action", "deleted"}});
}

/// @return false when something was in the way; what was done stays done
Task<bool> LiveTenants::erase_once(TenantId tenant)
{
    auto deleting = actions_.delete_sessions(tenant);
    co_await std::move(deleting);
    auto read = [this, &tenant] { return store_.sessions(tenant).size(); };
    auto const left_sessions = co_await run_storage(pool_, std::move(read));
    if (!left_sessions || *left_sessions > 0) co_return false;
    auto forget = [this, &tenant]() -> Result<void> {
        actions_.forget_limits(tenant);
        return {};
    };
    auto const forgotten = co_await run_storage(pool_, std::move(forget));
    if (!forgotten) co_return false;
    for (bool is_left = true; is_left;) {
        auto step = [this, &tenant] { return store_.tenant_records().erase_tenant_step(tenant); };
        auto const left = co_await run_storage(pool_, std::move(step));
        if (!left) co_return false;
        is_left = *left == storage::Erasure::unfinished;
    }
    co_return true;
}

} // namespace wagate::gateway
