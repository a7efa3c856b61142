// Any bytes as a history that the phone has packed, and any bytes inside of one that is packed well: it is
// read to its end or refused, in bounded memory, and twice alike.
#include "protocol/history/reader.hpp"
#include "protocol/message/body.hpp"
#include "tests/support/history_samples.hpp"

#include <cstdlib>
#include <iostream>

namespace {

using namespace wagate;
using namespace wagate::history;

/// Far above what an input can hold without being a bomb.
constexpr InflateLimits limits{std::size_t{8} << 20, 256, std::size_t{1} << 20};

void require(bool holds, char const* promise)
{
    if (holds) return;
    std::cerr << "broken: " << promise << '\n';
    std::abort();
}

struct Outcome {
    std::size_t items = 0;
    std::size_t bytes = 0;
    bool whole = false;
    bool operator==(Outcome const&) const = default;
};

Outcome read(ByteView packed, Part part)
{
    Outcome outcome;
    Reader reader{std::make_shared<PackedBytes>(to_bytes(packed)), part, limits};
    for (;;) {
        auto item = reader.next();
        if (!item) return outcome;
        if (!*item) break;
        ++outcome.items;
        if (auto const* stored = std::get_if<StoredMessage>(&**item)) {
            outcome.bytes += stored->content.size();
            require(!stored->id.value.empty(), "a message has an id");
            message::parse_body(stored->content);
        }
        require(outcome.bytes <= limits.max_bytes, "what is taken is within the limit");
    }
    outcome.whole = true;
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    ByteView const input{data + 1, size - 1};
    auto const part = (data[0] & 1) != 0 ? Part::names : Part::chats;
    Bytes packed = to_bytes(input);
    if ((data[0] & 2) != 0) packed = testing::HistorySample{}.raw(to_text(input)).packed();
    require(read(packed, part) == read(packed, part), "it is read twice alike");
    return 0;
}
