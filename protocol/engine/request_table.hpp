#pragma once
// Requests that wait for a reply with the same id (protocol.md 3.6). A reply that comes after its deadline is
// recognised and swallowed, so it is never taken for something else. Pure data; time is passed in.
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/binary/node.hpp"
#include "protocol/engine/effects.hpp"

#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace wagate::engine {

class RequestTable {
public:
    using Handler = std::function<void(Result<binary::Node>)>;
    /// Ids of expired requests that are remembered, oldest forgotten first.
    static constexpr std::size_t max_abandoned = 64;

    void add(std::string id, MonotonicTime deadline, Handler handler);
    enum class Match : std::uint8_t { none, delivered, swallowed };
    /// Hands a reply to its waiter.
    Match resolve(std::string const& id, binary::Node reply);
    /// Fails every request whose deadline has passed with timed_out.
    void expire(MonotonicTime now);
    /// Fails all requests, in unspecified order; used when the connection goes.
    void fail_all(ErrorCode reason);
    std::optional<MonotonicTime> next_deadline() const;
    std::size_t size() const noexcept { return waiting_.size(); }

private:
    struct Waiting {
        MonotonicTime deadline;
        Handler handler;
    };
    std::unordered_map<std::string, Waiting> waiting_;
    std::vector<std::string> abandoned_;
};

} // namespace wagate::engine
