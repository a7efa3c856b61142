// Any bytes: a message's content is read as something; what is built of it is read as the same again; copies
// for quotes and forwards can be read; and the stanza around it is well-formed.
#include "protocol/message/compose.hpp"
#include "protocol/message/content.hpp"
#include "protocol/message/stanza_traits.hpp"

#include <cstdlib>
#include <iostream>

namespace {

using namespace wagate;
using namespace wagate::message;

void require(bool holds, char const* promise, ByteView input)
{
    if (holds) return;
    std::cerr << "broken: " << promise << " (" << kind_name(kind_of(parse_body(input).body)) << ")\n";
    std::abort();
}

/// Kinds that hold messages or raw bytes lose the outer layers of what is inside them one by one.
bool holds_other_content(BodyKind kind)
{
    return kind == BodyKind::unknown || kind == BodyKind::edit || kind == BodyKind::comment ||
           kind == BodyKind::protocol_notice;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    ByteView const input{data, size};
    parse_content(input);
    auto const read = parse_body(input);
    auto const kind = kind_of(read.body);
    text_of(read.body);
    target_of(read.body);

    auto const traits = stanza_traits(read);
    require((traits.type == "media") == !traits.media_type.empty(), "media has a media type", input);

    auto const built = build_message(read);
    auto const again = parse_body(built);
    if (!holds_other_content(kind)) {
        require(kind_of(again.body) == kind, "what is built is of the same kind", input);
        // Not by value: a latitude may be no number, which equals nothing.
        require(build_message(again) == built, "what is built is stable", input);
    }

    parse_body(quotable(input));
    if (auto const copy = forwarded_copy(input, false)) {
        auto const forwarded = parse_body(*copy);
        require(kind_of(forwarded.body) == kind, "a forwarded copy is of the same kind", input);
        require(forwarded.context.forwarded, "a forwarded copy says so", input);
    }
    return 0;
}
