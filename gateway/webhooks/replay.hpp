#pragma once
// Sends dead letters again, in the background and at a bounded rate.
#include "gateway/webhooks/admin.hpp"
#include "gateway/webhooks/delivery_context.hpp"

#include <mutex>
#include <set>
#include <span>

namespace wagate::gateway::webhooks {

/// Which letters are being sent again, so that none is taken twice. Any thread.
class ReplayedLetters {
public:
    /// @return false when it is taken already
    bool take(TenantId const& tenant, std::uint64_t number);
    void give_back(TenantId const& tenant, std::uint64_t number);

private:
    std::mutex mutex_;
    std::set<std::pair<TenantId, std::uint64_t>> taken_;
};

/// Hands out the moments of one replay, shared by all its endpoints. Any thread.
class ReplayPace {
public:
    explicit ReplayPace(double per_second);
    /// How long to wait for the next moment.
    Milliseconds reserve(WallTime now);

private:
    std::mutex mutex_;
    double const step_; ///< milliseconds
    double next_ = 0;
};

/// The letters of one endpoint, in the order they are sent. Gives back what it has taken, however it ends.
class ReplayList {
public:
    ReplayList(ReplayedLetters& letters, TenantId tenant) : letters_(&letters), tenant_(std::move(tenant)) {}
    ReplayList(ReplayList&& other) noexcept = default;
    ReplayList& operator=(ReplayList&&) = delete;
    ~ReplayList();

    bool take(std::uint64_t number);
    std::span<std::uint64_t const> numbers() const noexcept { return numbers_; }

private:
    ReplayedLetters* letters_;
    TenantId tenant_;
    std::vector<std::uint64_t> numbers_;
};

/// A letter that can be sent again.
struct ReplayCandidate {
    std::uint64_t number = 0;
    SessionKey session;
    std::string endpoint;
};

/// Those that the query means, at most its limit; blocks.
std::vector<ReplayCandidate> find_replayable(storage::Store& store, TenantId const& tenant,
                                             storage::DeadLetterQuery query);

/// The rendered event of a letter with the id that receivers saw; nothing when it does not render any more.
std::optional<RenderedEvent> render_letter(EventRenderer const& render, SessionInfo const& info,
                                           storage::DeadLetter const& letter);

/// @param config of the endpoint as it is at that moment; null when it is gone or disabled, which ends the
/// replay
Task<void> run_replay(DeliveryContext const& context, std::shared_ptr<FairGate> gate, Executor executor,
                      SessionKey session, std::string endpoint, ReplayList list,
                      std::shared_ptr<ReplayPace> pace,
                      std::function<std::shared_ptr<WebhookConfig const>()> config);

} // namespace wagate::gateway::webhooks
