#pragma once
// Errors of the runtime itself. A limit that ran out is boost::system::errc::timed_out.
#include "protocol/base/result.hpp"

namespace wagate {

enum class RuntimeErrc {
    overloaded = 1, ///< a bounded queue is full; try again later
    stopped,        ///< the pool or loop no longer takes work
};

ErrorCode make_error_code(RuntimeErrc code) noexcept;

} // namespace wagate

template <>
struct boost::system::is_error_code_enum<wagate::RuntimeErrc> : std::true_type {};
