#pragma once
// A bound on what the sends of one session hold in memory: how many, and how many bytes (O2).
#include <cstddef>
#include <optional>
#include <utility>

namespace wagate::gateway {

/// One thread.
class SendBudget {
public:
    SendBudget(std::size_t max_count, std::size_t max_bytes) : max_count_(max_count), max_bytes_(max_bytes) {}
    SendBudget(SendBudget const&) = delete;
    SendBudget& operator=(SendBudget const&) = delete;

    /// Held by a send until it is finished. The budget must outlive it.
    class Place {
    public:
        Place(SendBudget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes)
        {
            ++budget_->count_;
            budget_->bytes_ += bytes_;
        }
        Place(Place&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_)
        {}
        Place& operator=(Place&&) = delete;
        ~Place()
        {
            if (budget_ == nullptr) return;
            --budget_->count_;
            budget_->bytes_ -= bytes_;
        }

    private:
        SendBudget* budget_;
        std::size_t bytes_;
    };

    /// @param known sends that are unfinished without a place: those of a former process
    /// @return nothing when it would be too much. One alone always fits.
    std::optional<Place> take(std::size_t bytes, std::size_t known)
    {
        if (count_ > 0 && bytes_ + bytes > max_bytes_) return std::nullopt;
        if (count_ >= max_count_ || known >= max_count_) return std::nullopt;
        return std::optional<Place>{std::in_place, *this, bytes};
    }
    std::size_t count() const noexcept { return count_; }
    std::size_t bytes() const noexcept { return bytes_; }

private:
    std::size_t max_count_;
    std::size_t max_bytes_;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace wagate::gateway
