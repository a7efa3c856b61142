#pragma once
// The part of a store that keys need, in memory.
#include "tests/unit/api/unused_store.hpp"

#include <algorithm>

namespace wagate::test {

/// Tenants, keys and rules of retention that nobody has set; nothing else may be called.
class KeyTable final : public UnusedStore {
public:
    std::vector<TenantId> known;
    std::vector<storage::ApiKeyRow> rows;
    bool fails = false;

    Result<void> ensure_tenant(TenantId const& tenant) override
    {
        if (fails) return storage_failure();
        if (std::find(known.begin(), known.end(), tenant) == known.end()) known.push_back(tenant);
        return {};
    }
    std::vector<TenantId> tenants() override { return known; }
    Result<void> insert_api_key(storage::ApiKeyRow const& row) override
    {
        if (fails) return storage_failure();
        rows.push_back(row);
        return {};
    }
    Result<void> update_api_key(storage::ApiKeyRow const& row) override
    {
        if (fails) return storage_failure();
        for (auto& known_row : rows)
            if (known_row.tenant == row.tenant && known_row.id == row.id) known_row = row;
        return {};
    }
    Result<void> erase_api_key(TenantId const& tenant, std::string const& id) override
    {
        if (fails) return storage_failure();
        std::erase_if(rows, [&](auto const& row) { return row.tenant == tenant && row.id == id; });
        return {};
    }
    std::vector<storage::ApiKeyRow> api_keys() override { return rows; }
    storage::KeptRules kept_rules(TenantId const&) override { return {}; }
    Result<void> set_kept_rules(TenantId const&, storage::KeptRules const&) override { return {}; }

private:
    static ErrorCode storage_failure() { return make_error_code(boost::system::errc::io_error); }
};

} // namespace wagate::test
