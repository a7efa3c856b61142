#include "protocol/signal/context.hpp"

#include "protocol/signal/errors.hpp"
#include "protocol/signal/ref.hpp"

namespace wagate::signal {
namespace {

using ContextHandle = std::unique_ptr<signal_context, FreeWith<signal_context_destroy>>;

/// No log function is set: libsignal's lines name addresses. No locks: a context never leaves its thread.
ContextHandle make_context()
{
    ContextHandle context;
    require(signal_context_create(Out{context}, nullptr));
    require(signal_context_set_crypto_provider(context.get(), &crypto_provider()));
    return context;
}

} // namespace

signal_context* thread_context()
{
    thread_local ContextHandle const context = make_context();
    return context.get();
}

} // namespace wagate::signal
