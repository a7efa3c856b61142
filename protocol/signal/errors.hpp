#pragma once
// From libsignal's negative codes to SignalErrc; private to protocol/signal.
#include "protocol/signal/signal.hpp"

namespace wagate::signal {

/// The cipher provider found wrong PKCS#7 padding under a valid MAC. Outside libsignal's own range of codes.
inline constexpr int provider_bad_padding = -2001;
/// Reading or writing a record threw; the exception is kept and thrown again outside libsignal.
inline constexpr int storage_threw = -2002;

/// A code from reading bytes of the network: whatever is wrong with them, the message is invalid.
SignalErrc parse_error(int code) noexcept;
/// A code from a session or group operation.
SignalErrc operation_error(int code) noexcept;
/// For calls that fail only when memory is out or an invariant is broken: throws on a negative code.
void require(int code);

} // namespace wagate::signal
