#pragma once
// Why a piece of history cannot be read.
#include "protocol/base/result.hpp"

namespace wagate::history {

enum class HistoryErrc {
    damaged = 1, ///< no zlib data, or no HistorySync
    too_large,   ///< it grows beyond what a phone sends
};

boost::system::error_code make_error_code(HistoryErrc error);

} // namespace wagate::history

template <>
struct boost::system::is_error_code_enum<wagate::history::HistoryErrc> : std::true_type {};
