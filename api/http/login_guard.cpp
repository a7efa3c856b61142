#include "api/http/login_guard.hpp"

#include "protocol/crypto/crypto.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cmath>

namespace wagate::http {

LoginGuard::LoginGuard(GuardLimits limits, Clock now)
    : limits_(limits), now_(now ? std::move(now) : Clock(std::chrono::steady_clock::now))
{
    crypto::SystemRandom().fill(secret_);
}

std::string LoginGuard::subject(std::string_view address)
{
    boost::system::error_code failed;
    auto const parsed = boost::asio::ip::make_address(std::string(address), failed);
    if (failed || !parsed.is_v6() || parsed.to_v6().is_v4_mapped()) return std::string(address);
    auto bytes = parsed.to_v6().to_bytes();
    return std::string(reinterpret_cast<char const*>(bytes.data()), 8);
}

std::uint64_t LoginGuard::fingerprint(std::string_view key) const
{
    auto const mac = crypto::hmac_sha256(secret_, {view(key)});
    return read_big_endian(ByteView(mac).first(8)) | 1; // 0 is none
}

LoginGuard::Entry* LoginGuard::find(std::string const& subject)
{
    auto const found = by_address_.find(subject);
    if (found == by_address_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &entries_.front();
}

void LoginGuard::refill(Entry& entry) const
{
    auto const now = now_();
    auto const passed = std::chrono::duration<double>(now - entry.time).count();
    entry.left = std::min(limits_.burst, entry.left + std::max(0.0, passed) * limits_.per_second);
    entry.time = now;
}

std::optional<std::chrono::seconds> LoginGuard::wait(std::string_view address, std::string_view key)
{
    std::lock_guard const lock(mutex_);
    auto* const entry = find(subject(address));
    if (entry == nullptr) return std::nullopt;
    refill(*entry);
    if (entry->left >= 1) return std::nullopt;
    auto const print = fingerprint(key);
    if (std::find(entry->right.begin(), entry->right.end(), print) != entry->right.end()) return std::nullopt;
    return std::chrono::seconds(
        std::max(1L, static_cast<long>(std::ceil((1 - entry->left) / limits_.per_second))));
}

void LoginGuard::failed(std::string_view address, std::string_view key)
{
    auto const print = fingerprint(key);
    auto who = subject(address);
    std::lock_guard const lock(mutex_);
    auto* entry = find(who);
    if (entry == nullptr) {
        if (entries_.size() >= limits_.addresses) {
            by_address_.erase(entries_.back().address);
            entries_.pop_back();
        }
        entries_.emplace_front();
        entry = &entries_.front();
        entry->address = who;
        entry->left = limits_.burst;
        entry->time = now_();
        by_address_.emplace(std::move(who), entries_.begin());
    }
    refill(*entry);
    if (std::find(entry->wrong.begin(), entry->wrong.end(), print) != entry->wrong.end()) return;
    entry->wrong[entry->next_wrong++ % entry->wrong.size()] = print;
    entry->left = std::max(0.0, entry->left - 1);
}

void LoginGuard::succeeded(std::string_view address, std::string_view key)
{
    std::lock_guard const lock(mutex_);
    if (by_address_.empty()) return; // nobody has failed: the usual case costs nothing
    auto* const entry = find(subject(address));
    if (entry == nullptr) return;
    auto const print = fingerprint(key);
    if (std::find(entry->right.begin(), entry->right.end(), print) != entry->right.end()) return;
    entry->right[entry->next_right++ % entry->right.size()] = print;
}

std::size_t LoginGuard::size() const
{
    std::lock_guard const lock(mutex_);
    return entries_.size();
}

} // namespace wagate::http
