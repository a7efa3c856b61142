#pragma once
// Compares a session's keys and credentials with what was written last, once per session and process.
#include "storage/reader_pool.hpp"
#include "storage/repository/scope.hpp"

#include <mutex>
#include <set>

namespace wagate::storage {

/// Any thread.
class RecordGuard {
public:
    explicit RecordGuard(ReaderPool& pool) noexcept : pool_(pool) {}

    /// Throws system_error(VaultErrc::rolled_back) when they differ, tampered when the sum does not open.
    void check(Scope const& scope);

private:
    ReaderPool& pool_;
    std::mutex mutex_;
    std::set<Scope> checked_;
};

} // namespace wagate::storage
