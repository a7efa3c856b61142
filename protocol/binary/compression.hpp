#pragma once
// zlib (RFC 1950) and gzip (RFC 1952) over whole buffers, with a limit on what may come out.
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace wagate::binary {

/// Inflates `compressed`, which must be one complete zlib stream.
/// @return CodecErrc::too_large beyond `limit_bytes`, bad_compression or trailing_bytes. Memory stays within
/// a
///         small factor of what has really been inflated, never of what the input announces.
Result<Bytes> inflate_bounded(ByteView compressed, std::size_t limit_bytes);

/// The same for one complete gzip member.
Result<Bytes> gunzip_bounded(ByteView compressed, std::size_t limit_bytes);
Bytes gzip(ByteView plain);

/// Appends the zlib stream of `plain` to `target`.
void deflate_onto(Bytes& target, ByteView plain);

} // namespace wagate::binary
