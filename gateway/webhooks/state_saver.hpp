#pragma once
// Writes how far an endpoint is without holding up its deliveries: one write at a time, always of the newest
// state.
#include "gateway/runtime/wakeup.hpp"
#include "storage/store.hpp"

namespace wagate::gateway::webhooks {

/// On one loop. After a kill the stored state may be behind by what was delivered during one commit and the
/// patience before it (storage/delivery_job.hpp): delivered twice, not lost.
class StateSaver {
public:
    /// Asked when a write begins; what it gives out is in that write.
    using Collect = std::function<storage::DeliveryUpdate()>;

    /// The store must outlive the last write.
    StateSaver(storage::Store& store, SessionKey session, std::string endpoint, Executor executor,
               Collect collect);
    StateSaver(StateSaver const&) = delete;
    StateSaver& operator=(StateSaver const&) = delete;
    ~StateSaver();

    void save();
    /// Waits until all that was true at the time of the call is durable, or its commit has failed.
    Task<Result<void>> flush();
    /// A commit has failed, which is for good: the session was erased, or storage has stopped (D6).
    bool has_failed() const noexcept;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace wagate::gateway::webhooks
