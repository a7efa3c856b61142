#pragma once
// What the writer carries out.
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"

#include <string_view>

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
    /// anything; a failed statement (Database::has_error) fails the batch. Called again after `rolled_back`.
    virtual Result<void> apply(sqlite::Database& database) = 0;
    /// The transaction was undone because the disk is full. Takes back what `apply` changed in memory.
    virtual void rolled_back() {}
    /// After the fsync, before any `finish` of the batch.
    virtual void committed() {}
    /// Tells the outcome. Must not throw or wait for other jobs.
    virtual void finish(Result<void> outcome) = 0;
    /// What the job holds while it is queued.
    virtual std::size_t bytes() const noexcept = 0;
    /// Jobs of one lane keep their order; lanes take turns. The tenant's id, or empty.
    virtual std::string_view lane() const noexcept = 0;
    /// How long it may wait for others to be committed with, when nobody waits for it. It never holds up a
    /// job without patience, which takes it along.
    virtual Milliseconds patience() const noexcept { return Milliseconds{0}; }
    /// Waits while the disk is full; otherwise it is refused then, as somebody blocks for it.
    virtual bool waits_for_space() const noexcept = 0;
};

} // namespace wagate::storage
