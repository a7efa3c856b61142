#include "storage/writer.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/sqlite/transaction.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>

namespace wagate::storage {
namespace {

constexpr Milliseconds idle_pause{50};
/// How long a forced checkpoint may wait for readers. They make point reads, so this is far more than they
/// need.
constexpr Milliseconds reader_patience{1'000};
/// Copies beside the writer, for each one in which it starts the log anew.
constexpr int copies_per_log = 8;
/// Between two tries to truncate the log.
constexpr Milliseconds truncation_pause{500};

} // namespace

Writer::Writer(std::unique_ptr<sqlite::Database> database, std::unique_ptr<sqlite::Database> log,
               Settings settings, Hooks hooks)
    : database_(std::move(database)),
      settings_(settings),
      hooks_(std::move(hooks)),
      next_forced_frames_(settings.checkpoints.forced_frames),
      checkpointer_(std::move(log),
                    [this] {
                        copying_failed_ = true;
                        std::lock_guard const lock{mutex_};
                        arrival_.notify_one();
                    }),
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
    bool is_sooner = false;
    {
        std::lock_guard const lock{mutex_};
        if (!stopping_) {
            auto const due = std::chrono::steady_clock::now() + job->patience();
            is_sooner = queue_.empty() || due < due_;
            if (is_sooner) due_ = due;
            queued_bytes_.fetch_add(job->bytes(), std::memory_order_relaxed);
            queue_.push(std::move(job));
        }
    }
    if (job)
        job->finish(StoreErrc::stopped);
    else if (is_sooner)
        arrival_.notify_one();
}

void Writer::truncate_log()
{
    {
        std::lock_guard const lock{mutex_};
        truncating_ = true;
    }
    arrival_.notify_one();
}

void Writer::run()
{
    for (Batch batch; next_batch(batch); batch.clear()) {
        execute(batch);
        checkpoint_under_load();
        truncate_when_asked();
    }
}

/// @return false: stopped, and nothing is left. The batch is empty when only space on the disk is to be
/// tried.
bool Writer::next_batch(Batch& batch)
{
    std::unique_lock lock{mutex_};
    auto const has_jobs = [this] { return stopping_ || !queue_.empty(); };
    auto const is_ready = [&] { return has_jobs() || truncating_ || (copying_failed_ && !failed_); };
    if (is_disk_full()) {
        arrival_.wait_for(lock, settings_.full_disk_retry, has_jobs);
    } else {
        if (!failed_ && database_->wal_frames() >= settings_.checkpoints.idle_frames &&
            !arrival_.wait_for(lock, idle_pause, is_ready)) {
            lock.unlock();
            checkpoint_when_idle();
            lock.lock();
        }
        arrival_.wait(lock, is_ready);
        while (!stopping_ && !truncating_ && !copying_failed_ && std::chrono::steady_clock::now() < due_)
            arrival_.wait_until(lock, due_);
    }
    if (copying_failed_ && !failed_) {
        lock.unlock();
        stop_shard();
        lock.lock();
        arrival_.wait(lock, is_ready);
    }
    if (stopping_ && queue_.empty()) return false;
    if (queue_.empty() &&
        !is_disk_full()) { // only to truncate: not at once again when readers are in the way
        arrival_.wait_until(lock, next_truncation_, has_jobs);
        if (stopping_ && queue_.empty()) return false;
    }
    batch = queue_.take_batch();
    due_ = {}; // what is left has waited
    return true;
}

void Writer::execute(Batch& batch)
{
    if (batch.empty() && !is_disk_full()) return; // only to truncate
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
        case Written::failed:
        case Written::without_one: // no end, but a reason to try again
            finish(*batch[i], StoreErrc::commit_failed);
            break;
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
        if (written == Written::without_one) continue;
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
    ErrorCode found_damaged;
    auto const fits = [&] {
        sqlite::Transaction transaction{*database_};
        if (!transaction.begun()) return false;
        // Anything that needs a page: without it an empty transaction would prove nothing about the disk.
        if (batch.empty() && !database_->run("UPDATE next_number SET value = value", {})) return false;
        outcomes.reserve(batch.size());
        for (auto& job : batch) {
            try {
                outcomes.push_back(job->apply(*database_));
            } catch (boost::system::system_error const& failure) {
                if (failure.code().category() != vault_category()) throw;
                found_damaged = failure.code();
                return false;
            }
            if (database_->has_error()) return false;
        }
        return transaction.commit();
    };
    if (fits()) return Written::durable;
    auto const undo = [&] {
        for (auto i = outcomes.size(); i-- > 0;)
            if (outcomes[i]) batch[i]->rolled_back();
    };
    if (found_damaged && !database_->has_error()) {
        // It read a sealed value that somebody changed. The others have nothing to do with that.
        undo();
        auto const place = batch.begin() + static_cast<std::ptrdiff_t>(outcomes.size());
        auto const refused = std::move(*place);
        batch.erase(place);
        finish(*refused, found_damaged);
        return Written::without_one;
    }
    // SQLite reports a full disk for writes, and writes come before the sync: nothing was promised by then. A
    // failed sync is another error and never tried again (D6).
    if (!sqlite::is_disk_full(database_->take_error())) return Written::failed;
    undo();
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

void Writer::truncate_when_asked()
{
    auto const now = std::chrono::steady_clock::now();
    {
        std::lock_guard const lock{mutex_};
        if (failed_) truncating_ = false;
        if (!truncating_ || is_disk_full() || now < next_truncation_) return;
        truncating_ = false;
    }
    next_truncation_ = now + truncation_pause;
    if (!database_->checkpoint(sqlite::Checkpoint::truncate, reader_patience)) {
        if (!sqlite::is_disk_full(database_->take_error())) return stop_shard();
    } else if (database_->was_checkpoint_complete()) {
        next_truncation_ = {};
        if (hooks_.log_truncated) hooks_.log_truncated();
        return;
    }
    std::lock_guard const lock{mutex_};
    truncating_ = true;
}

void Writer::checkpoint_when_idle()
{
    if (database_->checkpoint(sqlite::Checkpoint::passive)) return;
    if (!sqlite::is_disk_full(database_->take_error())) stop_shard();
}

/// Copies the log and makes the next commit start it anew. A passive checkpoint would not do under steady
/// load: it stops at the oldest reader's snapshot, and with readers that overlap the log never ends before a
/// writer comes. It follows a copy beside the writer, which leaves it little to do.
void Writer::checkpoint_under_load()
{
    auto const forced = settings_.checkpoints.forced_frames;
    auto const step = std::max(1, forced / copies_per_log);
    auto const frames = database_->wal_frames();
    if (failed_ || is_disk_full()) return;
    if (frames < step) next_copy_frames_ = step;
    if (frames >= next_copy_frames_) {
        checkpointer_.start();
        next_copy_frames_ = frames + step;
    }
    if (frames < forced) next_forced_frames_ = forced;
    if (frames < next_forced_frames_ || checkpointer_.is_busy()) return;
    auto const is_reset = database_->checkpoint(sqlite::Checkpoint::restart, reader_patience);
    if (!is_reset && !sqlite::is_disk_full(database_->take_error())) return stop_shard();
    // A reader was in the way: try again after some more frames, not after every batch.
    next_forced_frames_ = std::max(forced, database_->wal_frames() + forced / 4);
}

} // namespace wagate::storage
