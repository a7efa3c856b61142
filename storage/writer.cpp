#include "storage/writer.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/sqlite/transaction.hpp"
#include "storage/store_errc.hpp"

#include <chrono>

namespace wagate::storage {
namespace {

/// One transaction takes at most this much, so that a backlog does not make the first job wait for the last.
constexpr std::size_t max_batch_bytes = 8u << 20;
/// The log is copied into the database once it has this many frames (4 KB each) and nobody wrote for a moment
/// …
constexpr int idle_checkpoint_frames = 1'000;
constexpr std::chrono::milliseconds idle_pause{50};
/// … and at this many frames in any case (128 MB), or it would grow for ever under steady load.
constexpr int forced_checkpoint_frames = 32'768;

} // namespace

Writer::Writer(std::unique_ptr<sqlite::Database> database, Hooks hooks)
    : database_(std::move(database)), hooks_(std::move(hooks)), thread_([this] { run(); })
{}

Writer::~Writer()
{
    {
        std::lock_guard const lock{mutex_};
        stopping_ = true;
    }
    arrival_.notify_one();
    thread_.join();
}

void Writer::enqueue(std::unique_ptr<WriteJob> job)
{
    {
        std::lock_guard const lock{mutex_};
        if (!stopping_) {
            queued_bytes_.fetch_add(job->bytes(), std::memory_order_relaxed);
            queue_.push_back(std::move(job));
        }
    }
    if (job)
        job->finish(StoreErrc::stopped);
    else
        arrival_.notify_one();
}

void Writer::run()
{
    for (;;) {
        auto batch = next_batch();
        if (batch.empty()) return;
        execute(batch);
        if (!failed_ && database_->wal_frames() >= forced_checkpoint_frames) checkpoint();
    }
}

/// Empty: stopped, and nothing is left.
Writer::Batch Writer::next_batch()
{
    std::unique_lock lock{mutex_};
    auto const is_ready = [this] { return stopping_ || !queue_.empty(); };
    if (!failed_ && database_->wal_frames() >= idle_checkpoint_frames &&
        !arrival_.wait_for(lock, idle_pause, is_ready)) {
        lock.unlock();
        checkpoint();
        lock.lock();
    }
    arrival_.wait(lock, is_ready);
    Batch batch;
    for (std::size_t bytes = 0; !queue_.empty() && bytes < max_batch_bytes;) {
        bytes += queue_.front()->bytes();
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return batch;
}

void Writer::execute(Batch& batch)
{
    std::vector<Result<void>> outcomes;
    bool const is_committed = !failed_ && write(batch, outcomes);
    if (!is_committed && !failed_) stop_shard();
    if (is_committed)
        for (std::size_t i = 0; i < batch.size(); ++i)
            if (outcomes[i]) batch[i]->committed();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        queued_bytes_.fetch_sub(batch[i]->bytes(), std::memory_order_relaxed);
        batch[i]->finish(is_committed ? outcomes[i] : Result<void>{StoreErrc::commit_failed});
    }
    if (is_committed && hooks_.batch_done) hooks_.batch_done();
}

bool Writer::write(Batch& batch, std::vector<Result<void>>& outcomes)
try {
    sqlite::Transaction transaction{*database_};
    if (!transaction.begun()) return false;
    outcomes.reserve(batch.size());
    for (auto& job : batch) {
        outcomes.push_back(job->apply(*database_));
        if (database_->has_error()) return false;
    }
    return transaction.commit();
} catch (std::exception const&) {
    // A value that cannot be serialized, or no memory: the batch is rolled back, and it is unknown what is
    // missing.
    return false;
}

/// After a failed commit the page cache cannot be trusted any more (D6): nothing is written until a restart.
void Writer::stop_shard()
{
    failed_ = true;
    if (hooks_.commit_failed) hooks_.commit_failed();
}

void Writer::checkpoint()
{
    if (!database_->checkpoint()) stop_shard();
}

} // namespace wagate::storage
