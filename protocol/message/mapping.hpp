#pragma once
// How values and fields of the schema correspond: written once per kind and used in both directions, so that
// reading and building cannot drift apart. Inside protocol/message only, and only in .cpp files.
//
// map_fields<true>(value, proto) reads: what is absent in `proto` leaves `value` as it is.
// map_fields<false>(value, proto) writes: what is empty in `value` stays absent.
#include "protocol/message/parts.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/e2e.pb.h"
#include "protocol/proto/kinds.pb.h"

#include <string>

namespace wagate::message {

template <bool Reading, class T>
using Value = std::conditional_t<Reading, T, T const>;
template <bool Reading, class P>
using Proto = std::conditional_t<Reading, P const, P>;

// ---- whole messages

inline constexpr int max_proto_nesting = 50;

template <class P>
bool read_proto(P& target, ByteView bytes)
{
    return proto::decode(target, bytes, max_proto_nesting);
}
using proto::encode;

// ---- single values, read

inline void read_value(std::string& target, std::string const& source)
{
    target = source;
}
inline void read_value(Bytes& target, std::string const& source)
{
    target = to_bytes(source);
}
inline void read_value(SharedSecret& target, std::string const& source)
{
    target = SharedSecret{to_bytes(source)};
}
inline void read_value(std::optional<SharedSecret>& target, std::string const& source)
{
    if (!source.empty()) target = SharedSecret{to_bytes(source)};
}
inline void read_value(MessageId& target, std::string const& source)
{
    target = MessageId{source};
}
inline void read_value(std::optional<Jid>& target, std::string const& source)
{
    target = Jid::parse(source);
}
template <class T>
    requires std::is_arithmetic_v<T>
void read_value(T& target, T source)
{
    target = source;
}
template <class T>
    requires std::is_arithmetic_v<T>
void read_value(std::optional<T>& target, T source)
{
    target = source;
}
inline void read_value(Seconds& target, std::int64_t source)
{
    target = Seconds{source};
}
inline void read_value(std::optional<Seconds>& target, std::int64_t source)
{
    target = Seconds{source};
}

/// Seconds since 1970; beyond the year 9999 there is no time.
inline void read_seconds(std::optional<WallTime>& target, std::int64_t source)
{
    constexpr std::int64_t end_of_9999 = 253'402'300'799;
    if (source > 0 && source <= end_of_9999) target = wall_from_seconds(source);
}
inline void read_milliseconds(std::optional<WallTime>& target, std::int64_t source)
{
    if (source > 0) target = wall_from_milliseconds(source);
}

// ---- single values, written

inline bool is_set(std::string const& value)
{
    return !value.empty();
}
inline bool is_set(Bytes const& value)
{
    return !value.empty();
}
inline bool is_set(SharedSecret const& value)
{
    return !value.empty();
}
inline bool is_set(MessageId const& value)
{
    return !value.empty();
}
inline bool is_set(Seconds value)
{
    return value.count() != 0;
}
template <class T>
    requires std::is_arithmetic_v<T>
bool is_set(T value)
{
    return value != T{};
}
template <class T>
bool is_set(std::optional<T> const& value)
{
    return value.has_value();
}

inline std::string const& written(std::string const& value)
{
    return value;
}
inline std::string written(Bytes const& value)
{
    return to_text(value);
}
inline std::string written(SharedSecret const& value)
{
    return to_text(value.reveal());
}
inline std::string const& written(MessageId const& value)
{
    return value.value;
}
inline std::string written(Jid const& value)
{
    return value.to_string();
}
inline std::int64_t written(Seconds value)
{
    return value.count();
}
template <class T>
    requires std::is_arithmetic_v<T>
T written(T value)
{
    return value;
}
template <class T>
auto written(std::optional<T> const& value)
{
    return written(*value);
}

} // namespace wagate::message

// Inside map_fields<Reading>(value, proto):
#define WAGATE_MAP(member, field)                                                                            \
    if constexpr (Reading) {                                                                                 \
        if (proto.has_##field()) read_value(member, proto.field());                                          \
    } else if (is_set(member))                                                                               \
    proto.set_##field(written(member))

/// Written even when empty or zero: absence would mean something else.
#define WAGATE_MAP_ALWAYS(member, field)                                                                     \
    if constexpr (Reading) {                                                                                 \
        if (proto.has_##field()) read_value(member, proto.field());                                          \
    } else                                                                                                   \
        proto.set_##field(written(member))

#define WAGATE_MAP_SECONDS(member, field)                                                                    \
    if constexpr (Reading) {                                                                                 \
        if (proto.has_##field()) read_seconds(member, proto.field());                                        \
    } else if (member)                                                                                       \
    proto.set_##field(unix_seconds(*member))

#define WAGATE_MAP_MILLISECONDS(member, field)                                                               \
    if constexpr (Reading) {                                                                                 \
        if (proto.has_##field()) read_milliseconds(member, proto.field());                                   \
    } else if (member)                                                                                       \
    proto.set_##field(unix_milliseconds(*member))

/// A part that is a message and always there.
#define WAGATE_MAP_PART(member, field)                                                                       \
    if constexpr (Reading) {                                                                                 \
        if (proto.has_##field()) map_fields<true>(member, proto.field());                                    \
    } else                                                                                                   \
        map_fields<false>(member, *proto.mutable_##field())

/// A part that is a message and may be absent.
#define WAGATE_MAP_OPTIONAL(member, field)                                                                   \
    if constexpr (Reading) {                                                                                 \
        if (proto.has_##field()) map_fields<true>(member.emplace(), proto.field());                          \
    } else if (member)                                                                                       \
    map_fields<false>(*member, *proto.mutable_##field())

#define WAGATE_MAP_LIST(member, field)                                                                       \
    if constexpr (Reading) {                                                                                 \
        for (auto const& item : proto.field())                                                               \
            map_fields<true>(member.emplace_back(), item);                                                   \
    } else                                                                                                   \
        for (auto const& item : member)                                                                      \
        map_fields<false>(item, *proto.add_##field())
