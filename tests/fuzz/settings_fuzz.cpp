// An environment of any content, as lines NAME=VALUE: settings or one sentence that says what is wrong.
#include "tools/wagate/settings.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view text(reinterpret_cast<char const*>(data), size);
    std::map<std::string, std::string, std::less<>> variables;
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        auto const sign = line.find('=');
        if (sign != std::string_view::npos)
            variables[std::string(line.substr(0, sign))] = line.substr(sign + 1);
    }
    wagate::Lookup const lookup = [&](char const* name) {
        auto const found = variables.find(std::string_view(name));
        return found == variables.end() ? std::string() : found->second;
    };
    auto const settings = wagate::read_settings(lookup);
    if (!settings && settings.error().text.empty()) std::abort();
    if (settings && settings->edge.limits.connections == 0) std::abort();
    return 0;
}
