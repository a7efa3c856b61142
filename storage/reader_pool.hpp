#pragma once
// Read connections, opened when needed and kept for the next reader.
#include "protocol/base/result.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace wagate::storage {

namespace sqlite {
class Database;
}
namespace vault {
class Vault;
}

/// Any thread. A connection costs some 140 KB, so only a few idle ones are kept; nobody waits for one.
class ReaderPool {
public:
    ReaderPool(std::filesystem::path file, vault::Vault const& vault);
    ~ReaderPool();

    /// Runs `work(database)` on a connection of its own. Throws system_error(StoreErrc::damaged) when reading
    /// failed.
    template <class Work>
    auto read(Work work)
    {
        Lease lease{*this};
        auto found = work(*lease.database);
        lease.check();
        return found;
    }

private:
    static constexpr std::size_t max_idle = 8;

    struct Lease {
        explicit Lease(ReaderPool& owner);
        Lease(Lease const&) = delete;
        Lease& operator=(Lease const&) = delete;
        ~Lease();
        void check();

        ReaderPool& pool;
        std::unique_ptr<sqlite::Database> database;
    };

    std::filesystem::path file_;
    vault::Vault const& vault_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<sqlite::Database>> idle_;
};

} // namespace wagate::storage
