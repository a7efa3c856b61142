#include "protocol/engine/request_table.hpp"

#include <algorithm>

namespace wagate::engine {

void RequestTable::add(std::string id, MonotonicTime deadline, Handler handler)
{
    waiting_[std::move(id)] = Waiting{deadline, std::move(handler)};
}

RequestTable::Match RequestTable::resolve(std::string const& id, binary::Node reply)
{
    if (auto found = waiting_.find(id); found != waiting_.end()) {
        auto handler = std::move(found->second.handler);
        waiting_.erase(found);
        handler(std::move(reply));
        return Match::delivered;
    }
    if (auto found = std::find(abandoned_.begin(), abandoned_.end(), id); found != abandoned_.end()) {
        abandoned_.erase(found);
        return Match::swallowed;
    }
    return Match::none;
}

void RequestTable::expire(MonotonicTime now)
{
    std::vector<Handler> late;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        if (it->second.deadline > now) {
            ++it;
            continue;
        }
        if (abandoned_.size() == max_abandoned) abandoned_.erase(abandoned_.begin());
        abandoned_.push_back(it->first);
        late.push_back(std::move(it->second.handler));
        it = waiting_.erase(it);
    }
    for (auto& handler : late)
        handler(make_error_code(EngineErrc::timed_out));
}

void RequestTable::fail_all(ErrorCode reason)
{
    auto dropped = std::exchange(waiting_, {});
    abandoned_.clear();
    for (auto& [id, waiting] : dropped)
        waiting.handler(reason);
}

std::optional<MonotonicTime> RequestTable::next_deadline() const
{
    std::optional<MonotonicTime> next;
    for (auto const& [id, waiting] : waiting_)
        if (!next || waiting.deadline < *next) next = waiting.deadline;
    return next;
}

} // namespace wagate::engine
