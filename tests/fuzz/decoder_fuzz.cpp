// Any bytes: the decoder gives a node or an error; a node survives being sent again.
#include "protocol/binary/codec.hpp"
#include "tests/support/random_node.hpp"

#include <cstdlib>
#include <iostream>

namespace {

using namespace wagate;

void require(bool holds, char const* promise, binary::Node const& node)
{
    if (holds) return;
    std::cerr << "broken: " << promise << '\n' << node << '\n';
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    binary::DecodeLimits limits;
    limits.max_inflated_bytes = 1u << 20;
    auto const node = binary::decode({data, size}, limits);
    if (!node) return 0;
    auto const frame = binary::encode(*node);
    auto const again = binary::decode(frame);
    require(again.has_value(), "what we send can be read", *node);
    require(*again == testing::normalised(*node), "what we send means the same", *node);
    require(binary::encode(*again) == frame, "what we send is stable", *node);
    require(binary::describe(*node).size() < 32'768, "descriptions are bounded", *node);
    return 0;
}
