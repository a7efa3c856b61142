#include "storage/checkpointer.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage {

Checkpointer::Checkpointer(std::unique_ptr<sqlite::Database> database, std::function<void()> failed)
    : database_(std::move(database)), failed_(std::move(failed)), thread_([this] { run(); })
{}

Checkpointer::~Checkpointer()
{
    {
        std::lock_guard const lock{mutex_};
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Checkpointer::start()
{
    {
        std::lock_guard const lock{mutex_};
        if (is_busy()) return;
        is_busy_.store(true, std::memory_order_release);
    }
    wake_.notify_one();
}

void Checkpointer::run()
{
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [this] { return is_stopping_ || is_busy(); });
        if (is_stopping_) return;
        lock.unlock();
        auto const is_copied = database_->checkpoint(sqlite::Checkpoint::passive);
        bool const is_broken = !is_copied && !sqlite::is_disk_full(database_->take_error());
        if (is_broken) failed_();
        lock.lock();
        is_busy_.store(false, std::memory_order_release);
        if (is_broken) return;
    }
}

} // namespace wagate::storage
