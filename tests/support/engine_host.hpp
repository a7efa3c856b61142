#pragma once
// Owns an engine in a scenario: carries out its effects against the fake server and a store in memory, one
// step at a time. Commits can be held back or fail, and the process can die between any two steps.
#include "protocol/engine/engine.hpp"
#include "tests/support/fake_server.hpp"
#include "tests/support/memory_store.hpp"

namespace wagate::testing {

class EngineHost {
public:
    EngineHost(FakeServer& server, ScenarioClock const& clock, RandomSource& random,
               engine::EngineOptions options);

    engine::Engine& engine() { return *engine_; }
    MemoryStore store; ///< what is durable

    // --- life
    void start(StatusReason why = StatusReason::requested);
    void stop();
    /// The process dies: nothing that is not in the store survives.
    void crash();
    /// The network breaks; both sides notice.
    void drop_link();
    void send_text(Jid const& chat, std::string const& text, std::string const& id,
                   std::optional<MessageId> reply_to = {});
    /// A message of any kind.
    void send(Jid const& chat, message::TypedMessage message, std::string const& id,
              std::optional<MessageId> reply_to = {});
    /// A message whose content is made when it is taken in.
    void send(Jid const& chat, engine::Compose compose, std::string const& id);
    /// Calls the engine and collects what it wants.
    template <class Call>
    void use(Call&& call)
    {
        call(*engine_, clock_.now);
        collect();
    }

    // --- steps
    enum class Step { effect, computed, commit, stored, bytes, closed };
    /// Steps that can be done now, in the order an unhurried machine would do them.
    std::vector<Step> possible() const;
    void take(Step step);
    /// Fires the engine's timers when they are due.
    void on_clock();
    std::optional<MonotonicTime> wake() const { return wake_; }

    // --- knobs and observations
    bool hold_commits = false;
    bool hold_computed = false; ///< work away from the loop takes for ever
    bool commits_fail = false;
    bool reachable = true;             ///< false: connecting fails
    bool silent = false;               ///< bytes from the server never arrive
    std::vector<MonotonicTime> opened; ///< when connections were wished for
    std::vector<engine::SendReport> sends;
    std::vector<engine::CodeReport> codes;
    std::size_t logouts = 0;
    std::size_t commits = 0;
    std::size_t held() const noexcept { return uncommitted_.size(); }
    Jid lid() const { return engine_->me()->lid; }

private:
    void collect();
    void carry_out(engine::Effect effect);
    void forget_link();

    FakeServer& server_;
    ScenarioClock const& clock_;
    RandomSource& random_;
    engine::EngineOptions options_;
    std::unique_ptr<engine::Engine> engine_;
    std::deque<engine::Effect> effects_;
    std::deque<engine::Store> uncommitted_;
    std::deque<engine::Ticket> stored_;
    std::deque<std::function<void()>> computed_;
    std::optional<FakeServer::ConnectionId> link_;
    std::optional<engine::LinkEnd> link_failure_;
    std::optional<MonotonicTime> wake_;
};

} // namespace wagate::testing
