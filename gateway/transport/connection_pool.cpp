#include "gateway/transport/connection_pool.hpp"

#include <iterator>

namespace wagate::transport {

ConnectionPool::Stream ConnectionPool::take(ConnectionKey const& key, Time now)
{
    // Closed after the lock is released.
    std::vector<Stream> stale;
    std::lock_guard lock(mutex_);
    Stream found;
    // All of this loop's expired connections go, not only this host's: nobody else would close them.
    ConnectionKey first;
    first.loop = key.loop;
    for (auto place = idle_.lower_bound(first); place != idle_.end() && place->first.loop == key.loop;) {
        auto& list = place->second;
        std::erase_if(list, [&](Idle& idle) {
            if (now - idle.since < idle_limit_) return false;
            stale.push_back(std::move(idle.stream));
            --count_;
            return true;
        });
        if (place->first == key) {
            while (!found && !list.empty()) {
                found = std::move(list.back().stream);
                list.pop_back();
                --count_;
                if (!found->is_quiet()) stale.push_back(std::move(found));
            }
        }
        place = list.empty() ? idle_.erase(place) : std::next(place);
    }
    return found;
}

void ConnectionPool::put(ConnectionKey const& key, Stream stream, Time now)
{
    std::lock_guard lock(mutex_);
    if (count_ >= max_all_) return;
    auto& list = idle_[key];
    if (list.size() >= max_per_key_) return;
    list.push_back(Idle{std::move(stream), now});
    ++count_;
}

std::size_t ConnectionPool::size() const
{
    std::lock_guard lock(mutex_);
    return count_;
}

} // namespace wagate::transport
