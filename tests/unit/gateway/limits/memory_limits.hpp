#pragma once
// Stored limits, in memory.
#include "storage/limit_store.hpp"

#include <map>

namespace wagate::test {

class MemoryLimits final : public storage::LimitStore {
public:
    std::uint64_t bytes = 0;
    bool fails = false;

    Result<void> put_limits(storage::LimitSubject const& subject, storage::LimitValues const& values) override
    {
        set[subject] = values;
        return {};
    }
    std::vector<storage::LimitRow> all_limits() override
    {
        std::vector<storage::LimitRow> rows;
        for (auto const& [subject, values] : set)
            for (auto const& [name, value] : values)
                rows.push_back({subject, name, value});
        return rows;
    }
    Result<void> put_limit_use(std::vector<storage::LimitUseRow> const& rows) override
    {
        if (fails) return ErrorCode(5, boost::system::generic_category());
        for (auto const& row : rows)
            used[{row.subject, row.name}] = row;
        return {};
    }
    std::vector<storage::LimitUseRow> all_limit_use() override
    {
        std::vector<storage::LimitUseRow> rows;
        for (auto const& [key, row] : used)
            rows.push_back(row);
        return rows;
    }
    Result<void> erase_limits(storage::LimitSubject const& subject) override
    {
        set.erase(subject);
        std::erase_if(used, [&](auto const& row) { return row.first.first == subject; });
        return {};
    }
    std::uint64_t stored_bytes(TenantId const&) override { return bytes; }

    std::map<storage::LimitSubject, storage::LimitValues> set;
    std::map<std::pair<storage::LimitSubject, std::string>, storage::LimitUseRow> used;
};

} // namespace wagate::test
