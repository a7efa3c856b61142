#pragma once
// Parts that several kinds of content are made of. Values only; in all of them an empty text, empty bytes,
// zero or false means "not there", and `optional` is used where that is a value of its own.
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/base/secret.hpp"
#include "protocol/base/time.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace wagate::message {

using Seconds = std::chrono::seconds;

/// A key that travels inside a message: of its media, or the secret that votes and answers are encrypted
/// with.
class SharedSecret : public Secret<Bytes> {
public:
    using Secret<Bytes>::Secret;
    bool empty() const noexcept { return reveal().empty(); }
    friend bool operator==(SharedSecret const& left, SharedSecret const& right)
    {
        return left.reveal() == right.reveal();
    }
};

/// A value on the heap that is shared, never changed and compared by content: lets a kind contain a whole
/// message.
template <class T>
class Boxed {
public:
    Boxed() = default;
    explicit Boxed(T value) : value_(std::make_shared<T const>(std::move(value))) {}
    explicit operator bool() const noexcept { return value_ != nullptr; }
    T const& operator*() const noexcept { return *value_; }
    T const* operator->() const noexcept { return value_.get(); }
    friend bool operator==(Boxed const& left, Boxed const& right)
    {
        if (!left.value_ || !right.value_) return left.value_ == right.value_;
        return *left.value_ == *right.value_;
    }

private:
    std::shared_ptr<T const> value_;
};

/// Names another message, from the point of view of who sent the reference.
struct MessageReference {
    std::optional<Jid> chat;
    bool from_me = false; ///< the other message was sent by the same account as this one
    MessageId id;
    std::optional<Jid> participant; ///< its sender, in groups and broadcasts
    bool operator==(MessageReference const&) const = default;
};

/// Something encrypted with another message's secret (see secrets.hpp).
struct Sealed {
    Bytes payload; ///< with the tag
    Bytes iv;      ///< 12 bytes
    bool operator==(Sealed const&) const = default;
};

} // namespace wagate::message
