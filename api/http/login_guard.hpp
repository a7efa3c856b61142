#pragma once
// Slows down whoever tries keys: after a burst of wrong ones an address has to wait.
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace wagate::http {

struct GuardLimits {
    double burst = 30;              ///< different wrong keys at once
    double per_second = 0.5;        ///< and then
    std::size_t addresses = 10'000; ///< remembered; the longest unseen go first
};

/// Thread-safe. A wrong key that is tried again counts once, so that a client with an old key does not shut
/// out its neighbours, and a key that was right while wrong ones came goes on working.
class LoginGuard {
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;
    explicit LoginGuard(GuardLimits limits = {}, Clock now = {});

    /// How long this address has to wait; nothing: it may try.
    std::optional<std::chrono::seconds> wait(std::string_view address, std::string_view key);
    void failed(std::string_view address, std::string_view key);
    void succeeded(std::string_view address, std::string_view key);
    std::size_t size() const;

private:
    struct Entry {
        std::string address;
        double left = 0;
        std::chrono::steady_clock::time_point time{};
        std::array<std::uint64_t, 8> wrong{}; ///< the last ones, as keyed hashes
        std::array<std::uint64_t, 8> right{};
        std::size_t next_wrong = 0;
        std::size_t next_right = 0;
    };
    using Entries = std::list<Entry>; ///< the longest unseen at the end

    /// IPv6 clients have whole networks to themselves: the first 64 bits count.
    static std::string subject(std::string_view address);
    std::uint64_t fingerprint(std::string_view key) const;
    Entry* find(std::string const& subject);
    void refill(Entry& entry) const;

    GuardLimits limits_;
    Clock now_;
    std::array<std::uint8_t, 32> secret_{};
    mutable std::mutex mutex_;
    Entries entries_;
    std::unordered_map<std::string, Entries::iterator> by_address_;
};

} // namespace wagate::http
