#include "storage/writer.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/sqlite/transaction.hpp"

#include <algorithm>

namespace wagate::storage {
namespace {

constexpr Milliseconds idle_pause{50};
/// How long a forced checkpoint may wait for readers. They make point reads, so this is far more than they
/// need.
constexpr Milliseconds reader_patience{1'000};

} // namespace

Writer::Writer(std::unique_ptr<sqlite::Database> database, Settings settings, Hooks hooks)
    : database_(std::move(database)),
      settings_(settings),
      hooks_(std::move(hooks)),
      next_forced_frames_(settings.checkpoints.forced_frames),
      thread_([this] { run(); })
{}

Writer::~Writer()
{
    {
        std::lock_guard const lock{mutex_};
        stopping_ = true;
    }
    arrival_.notify_one();
    stop_.notify_one();
    thread_.join();
}

void Writer::enqueue(std::unique_ptr<WriteJob> job)
{
    {
        std::lock_guard const lock{mutex_};
        if (!stopping_) {
            queued_bytes_.fetch_add(job->bytes(), std::memory_order_relaxed);
            queue_.push(std::move(job));
        }
    }
    if (job)
        job->finish(StoreErrc::stopped);
    else
        arrival_.notify_one();
}

void Writer::run()
{
    for (Batch batch; next_batch(batch); batch.clear()) {
        execute(batch);
        checkpoint_under_load();
    }
}

/// @return false: stopped, and nothing is left. The batch is empty when only space on the disk is to be
/// tried.
bool Writer::next_batch(Batch& batch)
{
    std::unique_lock lock{mutex_};
    auto const is_ready = [this] { return stopping_ || !queue_.empty(); };
    if (is_disk_full()) {
        arrival_.wait_for(lock, settings_.full_disk_retry, is_ready);
    } else {
        if (!failed_ && database_->wal_frames() >= settings_.checkpoints.idle_frames &&
            !arrival_.wait_for(lock, idle_pause, is_ready)) {
            lock.unlock();
            checkpoint_when_idle();
            lock.lock();
        }
        arrival_.wait(lock, is_ready);
    }
    if (stopping_ && queue_.empty()) return false;
    batch = queue_.take_batch();
    return true;
}

void Writer::execute(Batch& batch)
{
    Outcomes outcomes;
    auto const written = failed_ ? Written::failed : write_waiting_for_space(batch, outcomes);
    if (written == Written::failed && !failed_) stop_shard();
    if (written == Written::durable) {
        for (std::size_t i = 0; i < batch.size(); ++i)
            if (outcomes[i]) batch[i]->committed();
        if (is_disk_full()) set_disk_full(false);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        switch (written) {
        case Written::durable: finish(*batch[i], outcomes[i]); break;
        case Written::disk_full: finish(*batch[i], StoreErrc::disk_full); break;
        case Written::failed: finish(*batch[i], StoreErrc::commit_failed); break;
        }
    }
    if (written == Written::durable && hooks_.batch_done) hooks_.batch_done();
}

/// Tries until it is written, has failed, or the store closes. Jobs that do not wait for space leave the
/// batch.
Writer::Written Writer::write_waiting_for_space(Batch& batch, Outcomes& outcomes)
{
    for (;;) {
        auto const written = write(batch, outcomes);
        if (written != Written::disk_full) return written;
        if (!is_disk_full()) set_disk_full(true);

        Batch impatient;
        std::erase_if(batch, [&](std::unique_ptr<WriteJob>& job) {
            if (job->waits_for_space()) return false;
            impatient.push_back(std::move(job));
            return true;
        });
        // A log that is copied completely is written from its start again: space without any from the disk.
        if (!database_->checkpoint(sqlite::Checkpoint::passive)) {
            if (!sqlite::is_disk_full(database_->take_error())) {
                refuse(std::move(impatient), StoreErrc::commit_failed);
                return Written::failed;
            }
        }
        std::unique_lock lock{mutex_};
        auto queued = queue_.take_impatient();
        std::move(queued.begin(), queued.end(), std::back_inserter(impatient));
        lock.unlock();
        refuse(std::move(impatient), StoreErrc::disk_full);
        if (batch.empty()) return Written::disk_full; // next_batch goes on trying
        lock.lock();
        if (stop_.wait_for(lock, settings_.full_disk_retry, [this] { return stopping_; }))
            return Written::disk_full;
    }
}

Writer::Written Writer::write(Batch& batch, Outcomes& outcomes)
try {
    outcomes.clear();
    auto const fits = [&] {
        sqlite::Transaction transaction{*database_};
        if (!transaction.begun()) return false;
        // Anything that needs a page: without it an empty transaction would prove nothing about the disk.
        if (batch.empty() && !database_->run("UPDATE next_number SET value = value", {})) return false;
        outcomes.reserve(batch.size());
        for (auto& job : batch) {
            outcomes.push_back(job->apply(*database_));
            if (database_->has_error()) return false;
        }
        return transaction.commit();
    };
    if (fits()) return Written::durable;
    // SQLite reports a full disk for writes, and writes come before the sync: nothing was promised by then. A
    // failed sync is another error and never tried again (D6).
    if (!sqlite::is_disk_full(database_->take_error())) return Written::failed;
    for (auto i = outcomes.size(); i-- > 0;)
        if (outcomes[i]) batch[i]->rolled_back();
    return Written::disk_full;
} catch (std::exception const&) {
    // A value that cannot be serialized, or no memory: the batch is rolled back, and it is unknown what is
    // missing.
    return Written::failed;
}

void Writer::refuse(Batch jobs, StoreErrc error)
{
    for (auto& job : jobs)
        finish(*job, error);
}

void Writer::finish(WriteJob& job, Result<void> outcome)
{
    queued_bytes_.fetch_sub(job.bytes(), std::memory_order_relaxed);
    job.finish(outcome);
}

void Writer::set_disk_full(bool is_full)
{
    is_disk_full_.store(is_full, std::memory_order_relaxed);
    if (hooks_.disk_full) hooks_.disk_full(is_full);
}

/// After a failed commit the page cache cannot be trusted any more (D6): nothing is written until a restart.
void Writer::stop_shard()
{
    failed_ = true;
    if (is_disk_full()) set_disk_full(false);
    if (hooks_.commit_failed) hooks_.commit_failed();
}

void Writer::checkpoint_when_idle()
{
    if (database_->checkpoint(sqlite::Checkpoint::passive)) return;
    if (!sqlite::is_disk_full(database_->take_error())) stop_shard();
}

/// Copies the log and makes the next commit start it anew. A passive checkpoint would not do under steady
/// load: it stops at the oldest reader's snapshot, and with readers that overlap the log never ends before a
/// writer comes.
void Writer::checkpoint_under_load()
{
    auto const frames = database_->wal_frames();
    if (failed_ || is_disk_full() || frames < next_forced_frames_) {
        if (frames < settings_.checkpoints.forced_frames)
            next_forced_frames_ = settings_.checkpoints.forced_frames;
        return;
    }
    auto const is_reset = database_->checkpoint(sqlite::Checkpoint::restart, reader_patience);
    if (!is_reset && !sqlite::is_disk_full(database_->take_error())) return stop_shard();
    // A reader was in the way: try again after some more frames, not after every batch.
    next_forced_frames_ = std::max(settings_.checkpoints.forced_frames,
                                   database_->wal_frames() + settings_.checkpoints.forced_frames / 4);
}

} // namespace wagate::storage
