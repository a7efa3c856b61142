#pragma once
// Tenants in memory, without anything that runs.
#include "api/v1/stored_keys.hpp"
#include "gateway/tenants/tenant_states.hpp"
#include "gateway/tenants/tenants.hpp"
#include "tests/unit/api/key_table.hpp"

#include <algorithm>
#include <map>

namespace wagate::test {

class FakeTenants final : public gateway::Tenants {
public:
    FakeTenants(KeyTable const& table, gateway::TenantStates& states, v1::StoredKeys& keys)
        : table_(table), states_(states), keys_(keys)
    {}

    Task<Result<std::vector<storage::TenantRow>>> list() override
    {
        std::vector<storage::TenantRow> rows;
        auto names = table_.known;
        std::sort(names.begin(), names.end());
        for (auto const& name : names)
            rows.push_back(row_of(name));
        co_return rows;
    }
    Task<Result<storage::TenantRow>> find(TenantId tenant) override
    {
        if (!is_known(tenant)) co_return gateway::TenantErrc::not_found;
        co_return row_of(tenant);
    }
    Task<Result<storage::TenantCounts>> counts(TenantId) override
    {
        storage::TenantCounts counts;
        counts.sessions = 3;
        co_return counts;
    }
    Task<Result<storage::TenantRow>> change(TenantId tenant, gateway::TenantChange change) override
    {
        if (!is_known(tenant)) co_return gateway::TenantErrc::not_found;
        auto row = row_of(tenant);
        if (change.name) row.name = *change.name;
        if (change.metadata_json) row.metadata_json = *change.metadata_json;
        rows_[tenant] = row;
        co_return row;
    }
    Task<Result<storage::TenantRow>> suspend(TenantId tenant) override
    {
        return set(std::move(tenant), storage::TenantState::suspended);
    }
    Task<Result<storage::TenantRow>> resume(TenantId tenant) override
    {
        return set(std::move(tenant), storage::TenantState::active);
    }
    Task<Result<storage::TenantRow>> erase(TenantId tenant) override
    {
        keys_.forget_tenant(tenant);
        return set(std::move(tenant), storage::TenantState::deleting);
    }

private:
    bool is_known(TenantId const& tenant) const
    {
        return std::find(table_.known.begin(), table_.known.end(), tenant) != table_.known.end();
    }
    storage::TenantRow row_of(TenantId const& tenant) const
    {
        if (auto const found = rows_.find(tenant); found != rows_.end()) return found->second;
        storage::TenantRow row;
        row.id = tenant;
        return row;
    }
    Task<Result<storage::TenantRow>> set(TenantId tenant, storage::TenantState state)
    {
        if (!is_known(tenant)) co_return gateway::TenantErrc::not_found;
        auto row = row_of(tenant);
        row.state = state;
        states_.set(tenant, state);
        rows_[tenant] = row;
        co_return row;
    }

    KeyTable const& table_;
    gateway::TenantStates& states_;
    v1::StoredKeys& keys_;
    std::map<TenantId, storage::TenantRow> rows_;
};

} // namespace wagate::test
