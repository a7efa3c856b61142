#pragma once
// The one thread that writes: jobs are committed in groups, each tenant's in the order queued. A batch is
// taken from whatever arrived while the previous commit ran, so a slow disk makes larger groups instead of
// longer queues.
#include "protocol/base/time.hpp"
#include "storage/checkpointer.hpp"
#include "storage/lane_queue.hpp"
#include "storage/store_errc.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace wagate::storage {

class Writer {
public:
    struct Hooks {
        std::function<void()> commit_failed; ///< once, before the failed jobs are told (D6)
        std::function<void()> batch_done;    ///< after every committed batch
        /// Nothing fits on the disk (true): the batch is tried again until it does (false).
        std::function<void(bool)> disk_full;
        /// What truncate_log() asked for is done.
        std::function<void()> log_truncated;
    };
    /// When the write-ahead log is copied into the database; in frames of one page (4 KB).
    struct CheckpointPolicy {
        int idle_frames = 1'000;    ///< once nobody has written for a moment
        int forced_frames = 16'384; ///< in any case (64 MB), or the log would grow for ever under steady load
    };
    struct Settings {
        Milliseconds full_disk_retry{500};
        CheckpointPolicy checkpoints;
    };
    /// @param log a second connection, for copying the log while commits go on
    Writer(std::unique_ptr<sqlite::Database> database, std::unique_ptr<sqlite::Database> log,
           Settings settings, Hooks hooks);
    /// Commits what is queued, then joins. On a full disk what is queued is refused with
    /// StoreErrc::disk_full.
    ~Writer();

    /// Any thread.
    void enqueue(std::unique_ptr<WriteJob> job);
    /// Soon nothing is left in the write-ahead log, and no reader sees what was before; then
    /// Hooks::log_truncated. Tried again as long as readers are in the way. Any thread.
    void truncate_log();
    std::size_t queued_bytes() const noexcept { return queued_bytes_.load(std::memory_order_relaxed); }
    bool is_disk_full() const noexcept { return is_disk_full_.load(std::memory_order_relaxed); }

private:
    using Batch = LaneQueue::Jobs;
    using Outcomes = std::vector<Result<void>>;
    enum class Written {
        durable,
        disk_full,
        failed,
        without_one, ///< nothing yet: a job was refused, the rest of the batch is to be written again
    };

    void run();
    bool next_batch(Batch& batch);
    void execute(Batch& batch);
    Written write(Batch& batch, Outcomes& outcomes);
    Written write_waiting_for_space(Batch& batch, Outcomes& outcomes);
    void refuse(Batch jobs, StoreErrc error);
    void finish(WriteJob& job, Result<void> outcome);
    void set_disk_full(bool is_full);
    void stop_shard();
    void checkpoint_when_idle();
    void checkpoint_under_load();
    void truncate_when_asked();

    std::unique_ptr<sqlite::Database> database_;
    Settings settings_;
    Hooks hooks_;
    std::mutex mutex_;
    std::condition_variable arrival_;
    std::condition_variable stop_;
    LaneQueue queue_;
    std::chrono::steady_clock::time_point due_{}; ///< when the first of the queued ones has no patience left
    bool stopping_ = false;
    bool truncating_ = false; ///< asked for
    bool failed_ = false;     ///< writer thread only
    int next_copy_frames_ = 0;
    std::chrono::steady_clock::time_point next_truncation_{};
    int next_forced_frames_;
    std::atomic<bool> copying_failed_ = false;
    std::atomic<std::size_t> queued_bytes_ = 0;
    std::atomic<bool> is_disk_full_ = false;
    Checkpointer checkpointer_;
    std::thread thread_;
};

} // namespace wagate::storage
