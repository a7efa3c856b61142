#pragma once
// A session's unit of work as a job of the writer.
#include "storage/directory.hpp"
#include "storage/record_cache.hpp"
#include "storage/store.hpp"
#include "storage/write_job.hpp"

#include <map>

namespace wagate::storage {

class UnitJob final : public WriteJob {
public:
    /// What jobs share; outlives them.
    struct Shared {
        Directory const& directory;
        RecordCache& cache;
        /// Sessions whose log grew in the running batch. Writer thread only.
        std::vector<SessionKey>& grown;
        /// Sessions that a unit was refused for, as something they keep was changed behind the store's back,
        /// until the process ends: what they wrote after it must not be there without it. Writer thread only.
        std::map<Scope, ErrorCode>& damaged;

        void note_grown(SessionKey const& session) const;
    };
    UnitJob(Shared const& shared, SessionKey session, UnitOfWork work,
            std::function<void(Result<void>)> done);

    Result<void> apply(sqlite::Database& database) override;
    void committed() override;
    void finish(Result<void> outcome) override;
    std::size_t bytes() const noexcept override { return bytes_; }
    std::string_view lane() const noexcept override { return session_.tenant.value; }
    Milliseconds patience() const noexcept override { return work_.is_awaited ? Milliseconds{0} : unawaited; }
    bool waits_for_space() const noexcept override { return true; }

private:
    /// What it adds to the way of an event to its webhooks, at most.
    static constexpr Milliseconds unawaited{10};

    Shared const& shared_;
    SessionKey session_;
    UnitOfWork work_;
    std::function<void(Result<void>)> done_;
    std::size_t bytes_;
    Scope scope_;
};

} // namespace wagate::storage
