#pragma once
// Owners for libsignal's C objects. The only place that counts references or frees; private to
// protocol/signal.
#include "protocol/base/bytes.hpp"

#include <signal/signal_protocol.h>

#include <memory>
#include <new>
#include <utility>

namespace wagate::signal {

/// Shares ownership of an object that libsignal counts references of.
template <class T>
class Ref {
public:
    Ref() noexcept = default;
    Ref(Ref const& other) noexcept : object_(other.object_)
    {
        if (object_) signal_type_ref(base());
    }
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Ref& operator=(Ref other) noexcept
    {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Ref() { reset(); }

    T* get() const noexcept { return object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    /// For the out parameter of a libsignal function, which hands over its reference.
    T** out() noexcept
    {
        reset();
        return &object_;
    }
    void reset() noexcept
    {
        if (object_) signal_type_unref(base());
        object_ = nullptr;
    }

private:
    signal_type_base* base() const noexcept { return reinterpret_cast<signal_type_base*>(object_); }

    T* object_ = nullptr;
};

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const noexcept
    {
        Free(object);
    }
};

/// Overwritten before it is freed: buffers hold keys and plaintext.
using Buffer = std::unique_ptr<signal_buffer, FreeWith<signal_buffer_bzero_free>>;

/// Owns what a libsignal function returns through an out parameter: `create(Out{handle}, …)`.
template <class Handle>
class Out {
public:
    explicit Out(Handle& handle) noexcept : handle_(&handle) {}
    ~Out() { handle_->reset(object_); }
    Out(Out const&) = delete;
    Out& operator=(Out const&) = delete;
    operator typename Handle::pointer *() noexcept { return &object_; }

private:
    Handle* handle_;
    typename Handle::pointer object_ = nullptr;
};
template <class Handle>
Out(Handle&) -> Out<Handle>;

/// Valid as long as the buffer.
inline ByteView bytes_of(signal_buffer const* buffer) noexcept
{
    return {signal_buffer_const_data(buffer), signal_buffer_len(buffer)};
}
inline ByteView bytes_of(Buffer const& buffer) noexcept
{
    return bytes_of(buffer.get());
}

/// A buffer that libsignal will free. Null when memory is out.
inline signal_buffer* new_buffer(ByteView bytes) noexcept
{
    return signal_buffer_create(bytes.data(), bytes.size());
}

} // namespace wagate::signal
