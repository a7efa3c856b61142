#pragma once
// A small change that somebody blocks for: administration and pruning.
#include "storage/write_job.hpp"

#include <functional>
#include <string>

namespace wagate::storage {

/// Not kept while the disk is full: its caller gets StoreErrc::disk_full instead of hanging.
class FunctionJob final : public WriteJob {
public:
    using Apply = std::function<Result<void>(sqlite::Database&)>;
    struct Change {
        std::string lane; ///< the tenant whose jobs it must keep its order with; empty: nobody's
        Apply apply;
        std::function<void()> rolled_back; ///< undoes what `apply` changed in memory; may be empty
    };
    FunctionJob(Change change, std::function<void(Result<void>)> done)
        : change_(std::move(change)), done_(std::move(done))
    {}

    Result<void> apply(sqlite::Database& database) override { return change_.apply(database); }
    void rolled_back() override
    {
        if (change_.rolled_back) change_.rolled_back();
    }
    void finish(Result<void> outcome) override { done_(outcome); }
    std::size_t bytes() const noexcept override { return sizeof(FunctionJob); }
    std::string_view lane() const noexcept override { return change_.lane; }
    bool waits_for_space() const noexcept override { return false; }

private:
    Change change_;
    std::function<void(Result<void>)> done_;
};

} // namespace wagate::storage
