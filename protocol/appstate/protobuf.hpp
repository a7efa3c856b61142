#pragma once
// Between generated protobuf messages and byte containers; private to protocol/appstate.
#include "protocol/base/bytes.hpp"

#include <limits>

namespace wagate::appstate {

template <class Message>
Bytes serialize_message(Message const& message)
{
    Bytes bytes(message.ByteSizeLong());
    message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

template <class Message>
bool parse_message(Message& message, ByteView bytes)
{
    if (bytes.size() > std::numeric_limits<int>::max()) return false;
    return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

} // namespace wagate::appstate
