#pragma once
// A store that is an event log in memory, and nothing else.
#include "api/waha/event_render.hpp"
#include "tests/unit/api/unused_store.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace wagate::test {

class FakeLog final : public UnusedStore {
public:
    std::vector<TenantId> tenants() override
    {
        return {TenantId("default"), TenantId("acme"), TenantId("other")};
    }
    storage::KeptRules kept_rules(TenantId const&) override { return {}; }
    Result<void> set_kept_rules(TenantId const&, storage::KeptRules const&) override { return {}; }
    /// The id of the new event.
    std::string append(SessionKey const& session, EventBody body)
    {
        std::string id;
        std::vector<std::function<void(SessionKey const&)>> listeners;
        {
            std::lock_guard const lock(mutex_);
            auto& log = logs_[session.tenant];
            storage::StoredEvent event;
            event.session = session;
            event.position = log.size() + 1;
            event.sequence = event.position;
            auto const number = std::to_string(event.position);
            id = "evt_" + std::string(26 - number.size(), '0') + number;
            event.id = id;
            event.event.time = wall_from_milliseconds(1'700'000'000'000);
            event.event.body = std::move(body);
            log.push_back(std::move(event));
            listeners = listeners_;
        }
        for (auto const& listener : listeners)
            listener(session);
        return id;
    }
    bool is_broken = false; ///< reads of the log fail

    storage::EventPage events(storage::EventQuery const& query) override
    {
        std::lock_guard const lock(mutex_);
        if (is_broken) throw boost::system::system_error(storage::StoreErrc::damaged);
        auto const& log = logs_[query.tenant];
        storage::EventPage page;
        page.scanned = query.after;
        for (auto i = query.after; i < log.size() && page.events.size() < query.limit; ++i) {
            page.scanned = log[i].position;
            auto const& only = query.sessions;
            if (!only || std::find(only->begin(), only->end(), log[i].session.name) != only->end())
                page.events.push_back(log[i]);
        }
        return page;
    }
    std::uint64_t last_position(TenantId const& tenant) override
    {
        std::lock_guard const lock(mutex_);
        return logs_[tenant].size();
    }
    std::optional<std::uint64_t> position_of(TenantId const& tenant, std::string const& id) override
    {
        std::lock_guard const lock(mutex_);
        for (auto const& event : logs_[tenant])
            if (event.id == id || waha::second_event_id(event.id) == id) return event.position;
        return std::nullopt;
    }
    void on_events(std::function<void(SessionKey const&)> listener) override
    {
        std::lock_guard const lock(mutex_);
        listeners_.push_back(std::move(listener));
    }

private:
    std::mutex mutex_;
    std::map<TenantId, std::vector<storage::StoredEvent>> logs_;
    std::vector<std::function<void(SessionKey const&)>> listeners_;
};

} // namespace wagate::test
