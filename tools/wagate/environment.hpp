#pragma once
// The environment as a list, and how much of it may be shown.
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wagate {

/// A variable's value, empty when it is not set.
using Lookup = std::function<std::string(char const* name)>;

/// By name.
std::vector<std::pair<std::string, std::string>> environment_variables();

/// Of wagate, or of WAHA's names that it knows.
bool is_own_variable(std::string_view name);

/// `value` where it cannot be a secret, else `***`. Only own variables whose names say nothing of keys,
/// passwords and the like are shown, and no addresses with user names.
std::string shown_value(std::string_view name, std::string_view value);

} // namespace wagate
