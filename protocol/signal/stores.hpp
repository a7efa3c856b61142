#pragma once
// libsignal's five stores over a RecordOverlay; private to protocol/signal.
#include "protocol/signal/errors.hpp"
#include "protocol/signal/ref.hpp"
#include "protocol/signal/signal.hpp"

#include <exception>

namespace wagate::signal {

/// What the callbacks of one operation read, write and notice.
struct StoreState {
    RecordOverlay& records;
    LocalIdentity const* self; ///< null for operations that need no own identity
    bool identity_changed = false;
    std::optional<std::uint32_t> loaded_prekey;
    std::exception_ptr storage_failure;
};

/// A store context for one operation; making one costs an allocation.
class Store {
public:
    /// `records` and `self` must outlive the store.
    Store(RecordOverlay& records, LocalIdentity const* self);
    Store(Store const&) = delete;
    Store& operator=(Store const&) = delete;

    signal_protocol_store_context* get() const noexcept { return context_.get(); }
    StoreState& state() noexcept { return state_; }

private:
    StoreState state_;
    std::unique_ptr<signal_protocol_store_context, FreeWith<signal_protocol_store_context_destroy>> context_;
};

/// Runs `work(Store&)`, which returns a Result, on an inner overlay: its changes reach `records` only on
/// success, because libsignal saves an identity before it has checked the MAC.
template <class Work>
auto on_copy(RecordOverlay& records, LocalIdentity const* self, Work&& work)
{
    RecordOverlay step{records};
    Store store{step, self};
    auto result = work(store);
    if (store.state().storage_failure) std::rethrow_exception(store.state().storage_failure);
    if (result) records.absorb(std::move(step));
    return result;
}

} // namespace wagate::signal
