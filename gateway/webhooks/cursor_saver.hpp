#pragma once
// Writes an endpoint's cursor without holding up its deliveries: one write at a time, always of the newest
// position.
#include "gateway/runtime/wakeup.hpp"
#include "storage/store.hpp"

namespace wagate::gateway::webhooks {

/// On one loop. After a kill the cursor may be behind by what was delivered during one commit: delivered
/// twice, not lost.
class CursorSaver {
public:
    /// The store must outlive the saver's last flush().
    CursorSaver(storage::Store& store, SessionKey session, std::string endpoint, Executor executor);

    void save(std::uint64_t sequence);
    /// Waits until what was saved is durable, or its commit has failed.
    Task<void> flush();

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace wagate::gateway::webhooks
