#pragma once
// libsignal's context with our crypto provider, one per thread; private to protocol/signal.
#include <signal/signal_protocol.h>

namespace wagate::signal {

/// Lives as long as the thread. No object made with it may leave the thread.
signal_context* thread_context();

/// The primitives that libsignal asks for, over protocol/crypto and the thread's random source.
signal_crypto_provider const& crypto_provider() noexcept;

} // namespace wagate::signal
