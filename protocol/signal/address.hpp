#pragma once
// Between Address and libsignal's C address; private to protocol/signal.
#include "protocol/signal/signal.hpp"

#include <signal/signal_protocol_types.h>

namespace wagate::signal {

/// Points into `address`, which must outlive the result and every cipher made with it.
inline signal_protocol_address c_address(Address const& address) noexcept
{
    return {address.name.data(), address.name.size(), static_cast<std::int32_t>(address.device)};
}

inline Address from_c(signal_protocol_address const& address)
{
    return {std::string{address.name, address.name_len}, static_cast<std::uint32_t>(address.device_id)};
}

inline signal_protocol_sender_key_name c_name(SenderKeyName const& name) noexcept
{
    return {name.group.data(), name.group.size(), c_address(name.sender)};
}

inline SenderKeyName from_c(signal_protocol_sender_key_name const& name)
{
    return {std::string{name.group_id, name.group_id_len}, from_c(name.sender)};
}

} // namespace wagate::signal
