#pragma once
// How much of the phone's history an account takes.
#include <cstdint>

namespace wagate::engine {

enum class HistoryPolicy : std::uint8_t {
    none,   ///< names and addresses only
    recent, ///< what the phone sends by itself, some three months
    full,   ///< everything the phone has, asked for at pairing
};

struct HistoryOptions {
    HistoryPolicy policy = HistoryPolicy::recent;
    std::uint32_t days = 0; ///< older messages are left out; 0: no limit
    bool media = false;     ///< files of its messages are fetched before anybody asks
};

} // namespace wagate::engine
