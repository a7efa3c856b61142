#pragma once
// All apps: the list of them, and a reader of its session's log for each that has work.
#include "gateway/apps/app_reader.hpp"
#include "gateway/apps/apps.hpp"
#include "gateway/transport/http_client.hpp"

#include <mutex>
#include <shared_mutex>

namespace wagate::gateway {

class LiveApps final : public Apps {
public:
    using Parse = std::function<std::optional<App>(storage::AppRow const&)>;
    struct Parts {
        Gateway& gateway;
        storage::Store& store;
        BlockingPool& pool;
        EventFeed& feed;
        transport::HttpClient& client;
        std::function<Executor(SessionKey const&)> executor_of; ///< the loop a session lives on
        Parse parse;                                            ///< of stored ones; comes from the API layer
        std::function<bool(TenantId const&)> is_paused = {};    ///< empty: none is
    };

    /// All parts must outlive it.
    explicit LiveApps(Parts parts) : parts_(std::move(parts)) {}
    LiveApps(LiveApps const&) = delete;
    LiveApps& operator=(LiveApps const&) = delete;
    /// stop() first.
    ~LiveApps() override;

    /// Reads the stored ones and starts their work. Once, when all sessions exist.
    Task<Result<void>> boot();
    /// Ends all work; none begins any more.
    Task<void> stop();
    /// Before the session is erased from the store.
    Task<void> forget(SessionKey session);

    std::vector<App> apps_of(SessionKey const& session) const override;
    std::optional<App> find(TenantId const& tenant, std::string const& id) const override;
    std::optional<App> find_secret(std::optional<TenantId> const& tenant, std::string const& session,
                                   std::string const& id) const override;
    Task<Outcome<void>> put(App app) override;
    Task<Outcome<void>> erase(SessionKey session, std::string id) override;
    Task<Outcome<void>> send(App app, AgentMessage message) override;

private:
    struct Work;
    using WorkPtr = std::shared_ptr<Work>;
    using Key = std::pair<TenantId, std::string>;

    /// Ends the work of an app, and begins it anew when it has some. On any loop.
    Task<Result<void>> set_to_work(App app);
    Task<void> end_work(Key key);
    static Task<void> end_here(WorkPtr work);
    Task<Result<void>> begin_here(WorkPtr work);
    AppReader::Handle handler_of(App const& app);

    Parts parts_;
    mutable std::shared_mutex mutex_;
    std::map<Key, App> apps_;
    std::map<Key, WorkPtr> work_;
    bool is_stopping_ = false;
};

} // namespace wagate::gateway
