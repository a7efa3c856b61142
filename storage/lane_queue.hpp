#pragma once
// Who writes next: every tenant has a lane, and lanes take turns by bytes (deficit round robin), so that one
// tenant's backlog does not make another one wait.
#include "storage/write_job.hpp"

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace wagate::storage {

/// Not thread-safe.
class LaneQueue {
public:
    using Jobs = std::vector<std::unique_ptr<WriteJob>>;

    /// One transaction takes at most this, so that nobody waits for a whole backlog. One job may be larger.
    static constexpr std::size_t max_batch_jobs = 256;
    static constexpr std::size_t max_batch_bytes = 4u << 20;
    /// What a lane may take per turn.
    static constexpr std::size_t turn_bytes = 16u << 10;

    bool empty() const noexcept { return turns_.empty(); }
    void push(std::unique_ptr<WriteJob> job);
    /// The next jobs, at least one when there is any.
    Jobs take_batch();
    /// All jobs that do not wait for space.
    Jobs take_impatient();

private:
    struct Lane {
        std::string name;
        std::deque<std::unique_ptr<WriteJob>> jobs;
        std::size_t credit_bytes = 0; ///< saved up for a job larger than a turn
    };

    std::unordered_map<std::string_view, std::unique_ptr<Lane>>
        lanes_;               ///< those with jobs; keys are their names
    std::deque<Lane*> turns_; ///< the same, the next first
};

} // namespace wagate::storage
