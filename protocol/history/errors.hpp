#pragma once
// Why a piece of history cannot be read.
#include "protocol/base/result.hpp"

namespace wagate::history {

enum class HistoryErrc {
    damaged = 1, ///< no zlib data, or no HistorySync
    too_large,   ///< it is, or grows to, more than a phone sends
    gone,        ///< the media servers do not have it any more
    unreachable, ///< it could not be had now
};

boost::system::error_code make_error_code(HistoryErrc error);

} // namespace wagate::history

template <>
struct boost::system::is_error_code_enum<wagate::history::HistoryErrc> : std::true_type {};
