#include "gateway/webhooks/delivery_record.hpp"

#include <algorithm>

namespace wagate::gateway::webhooks {
namespace {

constexpr std::uint64_t version = 1;
/// An error's text is for people to read; the record is written often.
constexpr std::size_t longest_text = 160;

class Packer {
public:
    void number(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7)
            bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
        bytes_.push_back(static_cast<std::uint8_t>(value));
    }
    void time(WallTime value)
    {
        number(static_cast<std::uint64_t>(std::max<std::int64_t>(unix_milliseconds(value), 0)));
    }
    void time(std::optional<WallTime> const& value)
    {
        number(value ? 1 : 0);
        if (value) time(*value);
    }
    void text(std::string_view value)
    {
        value = value.substr(0, longest_text);
        number(value.size());
        append(bytes_, view(value));
    }
    Bytes take() { return std::move(bytes_); }

private:
    Bytes bytes_;
};

/// Total: past the end or after a bad number everything reads as zero and is_good() is false.
class Unpacker {
public:
    explicit Unpacker(ByteView bytes) : rest_(bytes) {}

    std::uint64_t number()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            auto const byte = rest_.front();
            rest_ = rest_.subspan(1);
            value |= std::uint64_t{byte & 0x7fu} << shift;
            if (byte < 0x80) return value;
        }
        is_good_ = false;
        rest_ = {};
        return 0;
    }
    WallTime time()
    {
        // Beyond the year 9999 it is damage, and would overflow in sums.
        constexpr std::uint64_t latest = 253'402'300'799'999;
        return wall_from_milliseconds(static_cast<std::int64_t>(std::min(number(), latest)));
    }
    std::optional<WallTime> optional_time()
    {
        if (number() == 0) return std::nullopt;
        return time();
    }
    std::string text()
    {
        auto const size = number();
        if (size > rest_.size()) {
            is_good_ = false;
            return {};
        }
        auto found = to_text(rest_.first(size));
        rest_ = rest_.subspan(size);
        return found;
    }
    /// A count of things of at least one byte each.
    std::uint64_t count()
    {
        auto const value = number();
        if (value <= rest_.size()) return value;
        is_good_ = false;
        return 0;
    }
    bool is_good() const { return is_good_; }
    bool is_done() const { return is_good_ && rest_.empty(); }

private:
    ByteView rest_;
    bool is_good_ = true;
};

} // namespace

storage::DeliveryState encode(DeliveryRecord const& record)
{
    Packer out;
    out.number(version);
    out.number(record.is_open ? 1 : 0);
    out.number(record.probe);
    out.time(record.failing_since);
    out.time(record.last_attempt);
    out.time(record.last_success);
    out.time(record.disabled_at);
    out.text(record.disabled_reason);
    out.number(record.last_failure ? 1 : 0);
    if (record.last_failure) {
        out.time(record.last_failure->time);
        out.text(record.last_failure->event_id);
        out.number(static_cast<std::uint64_t>(record.last_failure->attempt));
        out.number(record.last_failure->status);
        out.text(record.last_failure->error);
    }
    // Distances keep a record with thousands of gaps at a few KiB.
    auto at = record.settled.floor();
    out.number(record.settled.ranges().size());
    for (auto const& [first, last] : record.settled.ranges()) {
        out.number(first - at);
        out.number(last - first);
        at = last;
    }
    at = record.settled.floor();
    out.number(record.started.size());
    for (auto const& event : record.started) {
        out.number(event.sequence - at);
        at = event.sequence;
        out.number(event.next_part);
        out.number(static_cast<std::uint64_t>(event.attempts));
        out.time(event.first_failure);
        out.time(event.due);
    }
    return {record.settled.floor(), out.take()};
}

std::optional<DeliveryRecord> decode(storage::DeliveryState const& state)
{
    DeliveryRecord record;
    record.settled = SettledSequences{state.sequence};
    if (state.details.empty()) return record;
    Unpacker in{state.details};
    if (in.number() != version) return std::nullopt;
    record.is_open = in.number() != 0;
    record.probe = in.number();
    record.failing_since = in.optional_time();
    record.last_attempt = in.optional_time();
    record.last_success = in.optional_time();
    record.disabled_at = in.optional_time();
    record.disabled_reason = in.text();
    if (in.number() != 0) {
        DeliveryFailure failure;
        failure.time = in.time();
        failure.event_id = in.text();
        failure.attempt = static_cast<int>(in.number());
        failure.status = static_cast<unsigned>(in.number());
        failure.error = in.text();
        record.last_failure = std::move(failure);
    }
    auto at = state.sequence;
    for (auto left = in.count(); left > 0 && in.is_good(); --left) {
        auto const first = at + in.number();
        at = first + in.number();
        record.settled.add(first, at);
    }
    at = state.sequence;
    for (auto left = in.count(); left > 0 && in.is_good(); --left) {
        StartedEvent event;
        at += in.number();
        event.sequence = at;
        event.next_part = static_cast<std::uint32_t>(in.number());
        event.attempts = static_cast<int>(in.number());
        event.first_failure = in.time();
        event.due = in.time();
        record.started.push_back(event);
    }
    if (!in.is_done()) return std::nullopt;
    return record;
}

} // namespace wagate::gateway::webhooks
