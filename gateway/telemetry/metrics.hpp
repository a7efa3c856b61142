#pragma once
// Named counters and gauges of the process. Reading them is the business of whoever serves them.
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wagate::metrics {

/// Thread safe; lives as long as the process.
class Counter {
public:
    void add(std::int64_t amount = 1) noexcept { value_.fetch_add(amount, std::memory_order_relaxed); }
    void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

/// The counter of that name, made on first use. Takes a lock: keep the reference.
Counter& counter(std::string_view name);

/// All counters, ordered by name.
std::vector<std::pair<std::string, std::int64_t>> snapshot();

} // namespace wagate::metrics
