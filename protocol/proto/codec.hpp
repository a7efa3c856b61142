#pragma once
// Between generated protobuf messages and byte containers. Only for .cpp files and headers private to a
// folder.
#include "protocol/base/bytes.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <limits>

namespace wagate::proto {

/// How deep messages may nest unless the caller says less; protobuf's own default.
inline constexpr int default_nesting = 100;

template <class Message>
Bytes encode(Message const& message)
{
    Bytes bytes(message.ByteSizeLong());
    message.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

/// False when the bytes are no such message as a whole.
template <class Message>
bool decode(Message& message, ByteView bytes, int nesting = default_nesting)
{
    if (bytes.size() > std::numeric_limits<int>::max()) return false;
    google::protobuf::io::CodedInputStream input(bytes.data(), static_cast<int>(bytes.size()));
    input.SetRecursionLimit(nesting);
    return message.ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
}

} // namespace wagate::proto
