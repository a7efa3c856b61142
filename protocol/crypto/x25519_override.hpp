#pragma once
// libsignal's Curve25519 is a slow portable build; its exported function `curve25519_donna` is replaced by
// libsodium's through ELF interposition, three to four times faster (toolchain.md B2).
#include <cstdint>

namespace wagate::crypto::detail {

/// How often this thread went through the replacement: the self-test uses it to prove that it is in place.
std::uint64_t x25519_override_calls() noexcept;

} // namespace wagate::crypto::detail
