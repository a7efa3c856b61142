#pragma once
// One step of a webhook delivery as a job of the writer.
#include "storage/unit_job.hpp"

namespace wagate::storage {

class DeliveryJob final : public WriteJob {
public:
    DeliveryJob(UnitJob::Shared const& shared, SessionKey session, std::string endpoint,
                DeliveryUpdate update, std::function<void(Result<void>)> done);

    Result<void> apply(sqlite::Database& database) override;
    void committed() override;
    void finish(Result<void> outcome) override;
    std::size_t bytes() const noexcept override { return bytes_; }
    std::string_view lane() const noexcept override { return session_.tenant.value; }
    /// A kill within this time delivers once more what had been delivered.
    Milliseconds patience() const noexcept override { return Milliseconds{20}; }
    bool waits_for_space() const noexcept override { return true; }

private:
    UnitJob::Shared const& shared_;
    SessionKey session_;
    std::string endpoint_;
    DeliveryUpdate update_;
    std::function<void(Result<void>)> done_;
    std::size_t bytes_;
};

} // namespace wagate::storage
