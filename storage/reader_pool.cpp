#include "storage/reader_pool.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/store_errc.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::storage {

ReaderPool::ReaderPool(std::filesystem::path file, vault::Vault const& vault)
    : file_(std::move(file)), vault_(vault)
{}

ReaderPool::~ReaderPool() = default;

ReaderPool::Lease::Lease(ReaderPool& owner) : pool(owner)
{
    {
        std::lock_guard const lock{pool.mutex_};
        if (!pool.idle_.empty()) {
            database = std::move(pool.idle_.back());
            pool.idle_.pop_back();
            return;
        }
    }
    auto opened = sqlite::Database::open(pool.file_, sqlite::Access::read);
    if (!opened) throw boost::system::system_error(StoreErrc::damaged, opened.error().message());
    database = std::move(*opened);
    database->attach(pool.vault_);
}

ReaderPool::Lease::~Lease()
{
    if (database->has_error()) return;
    std::lock_guard const lock{pool.mutex_};
    if (pool.idle_.size() < max_idle) pool.idle_.push_back(std::move(database));
}

void ReaderPool::Lease::check()
{
    if (database->has_error()) throw boost::system::system_error(StoreErrc::damaged, "reading failed");
}

} // namespace wagate::storage
