#pragma once
// Every use of libsodium in this folder goes through here: it picks its fast code in sodium_init().
#include <sodium.h>

#include <stdexcept>

namespace wagate::crypto::detail {

/// Idempotent and thread-safe; costs one guarded load after the first call.
inline void ensure_sodium()
{
    static bool const ready = sodium_init() >= 0;
    if (!ready) throw std::runtime_error{"sodium_init"};
}

} // namespace wagate::crypto::detail
