#pragma once
// Copies the write-ahead log into the database beside the writer, so that what the writer itself has to copy
// before it starts the log anew is little: it cannot commit meanwhile.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace wagate::storage {

namespace sqlite {
class Database;
}

class Checkpointer {
public:
    /// @param database a connection of its own @param failed called once, on the checkpointer's thread, when
    /// a copy failed for other reasons than a full disk: the database cannot be trusted any more (D6)
    Checkpointer(std::unique_ptr<sqlite::Database> database, std::function<void()> failed);
    /// Ends after the copy under way.
    ~Checkpointer();

    /// Starts a copy of all that no reader needs; without effect while one runs. Any thread.
    void start();
    /// A copy runs or was asked for. Any thread.
    bool is_busy() const noexcept { return is_busy_.load(std::memory_order_acquire); }

private:
    void run();

    std::unique_ptr<sqlite::Database> database_;
    std::function<void()> failed_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool is_stopping_ = false;
    std::atomic<bool> is_busy_ = false;
    std::thread thread_;
};

} // namespace wagate::storage
