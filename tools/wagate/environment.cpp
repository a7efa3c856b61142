#include "tools/wagate/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace wagate {
namespace {

constexpr std::string_view telling[] = {"KEY",     "SECRET", "PASSWORD", "TOKEN",
                                        "HEADERS", "HMAC",   "USERNAME", "AUTH"};
constexpr std::string_view harmless[] = {"TZ", "LANG", "PWD", "HOME", "HOSTNAME"};

} // namespace

std::vector<std::pair<std::string, std::string>> environment_variables()
{
    std::vector<std::pair<std::string, std::string>> found;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        std::string_view const text(*entry);
        auto const sign = text.find('=');
        if (sign == std::string_view::npos) continue;
        found.emplace_back(text.substr(0, sign), text.substr(sign + 1));
    }
    std::sort(found.begin(), found.end());
    return found;
}

bool is_own_variable(std::string_view name)
{
    return name.starts_with("WAGATE_") || name.starts_with("WAHA_") || name.starts_with("WHATSAPP_");
}

std::string shown_value(std::string_view name, std::string_view value)
{
    constexpr char const* masked = "***";
    bool const is_harmless = std::find(std::begin(harmless), std::end(harmless), name) != std::end(harmless);
    if (!is_own_variable(name) && !is_harmless) return masked;
    bool const tells = std::any_of(std::begin(telling), std::end(telling),
                                   [&](auto word) { return name.find(word) != std::string_view::npos; });
    // A public key, and the paths that need none, are no secrets.
    bool const is_public = name.ends_with("_ROOT_KEY") || name.ends_with("_EXCLUDE_PATH");
    if (tells && !is_public) return masked;
    // https://user:password@host, or a secret as a part of a path
    if (name.find("HOOK_URL") != std::string_view::npos || value.find('@') != std::string_view::npos)
        return masked;
    return std::string(value);
}

} // namespace wagate
