#pragma once
// The files of the explorer, built into the program.
#include <string_view>

namespace wagate::explorer {

std::string_view page() noexcept;   ///< explorer.html
std::string_view style() noexcept;  ///< explorer.css
std::string_view script() noexcept; ///< explorer.js

} // namespace wagate::explorer
