#pragma once
// The one thread that writes: jobs are committed in groups, in the order queued. A batch is whatever arrived
// while the previous commit ran, so a slow disk makes larger groups instead of longer queues.
#include "protocol/base/result.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace wagate::storage {

namespace sqlite {
class Database;
}

/// One all-or-nothing change. All functions run on the writer thread, except `finish` of a job refused at the
/// door.
class WriteJob {
public:
    virtual ~WriteJob() = default;
    /// Writes inside the batch's transaction. An error is a refusal of this job alone, given before it wrote
    /// anything; a failed statement (Database::has_error) fails the batch.
    virtual Result<void> apply(sqlite::Database& database) = 0;
    /// After the fsync, before any `finish` of the batch.
    virtual void committed() {}
    /// Tells the outcome. Must not throw or wait for other jobs.
    virtual void finish(Result<void> outcome) = 0;
    /// What the job holds while it is queued.
    virtual std::size_t bytes() const noexcept = 0;
};

class Writer {
public:
    struct Hooks {
        std::function<void()> commit_failed; ///< once, before the failed jobs are told (D6)
        std::function<void()> batch_done;    ///< after every committed batch
    };
    Writer(std::unique_ptr<sqlite::Database> database, Hooks hooks);
    /// Commits what is queued, then joins.
    ~Writer();

    /// Any thread.
    void enqueue(std::unique_ptr<WriteJob> job);
    std::size_t queued_bytes() const noexcept { return queued_bytes_.load(std::memory_order_relaxed); }

private:
    using Batch = std::vector<std::unique_ptr<WriteJob>>;

    void run();
    Batch next_batch();
    void execute(Batch& batch);
    bool write(Batch& batch, std::vector<Result<void>>& outcomes);
    void stop_shard();
    void checkpoint();

    std::unique_ptr<sqlite::Database> database_;
    Hooks hooks_;
    std::mutex mutex_;
    std::condition_variable arrival_;
    std::deque<std::unique_ptr<WriteJob>> queue_;
    bool stopping_ = false;
    bool failed_ = false; ///< writer thread only
    std::atomic<std::size_t> queued_bytes_ = 0;
    std::thread thread_;
};

} // namespace wagate::storage
