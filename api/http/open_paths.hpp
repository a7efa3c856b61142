#pragma once
// Paths that the operator lets everybody read (WAHA_API_KEY_EXCLUDE_PATH).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wagate::http {

/// Patterns as in WAHA: `ping,health,api/files/(.*)`, without a slash in front. Of regular expressions they
/// know
/// `.*` and `(.*)` only, which stand for anything.
class OpenPaths {
public:
    OpenPaths() = default;
    /// Nothing when a pattern has other characters of regular expressions in it.
    static std::optional<OpenPaths> parse(std::string_view patterns);

    /// @param path as in a request, with its slash
    bool contain(std::string_view path) const;
    bool empty() const noexcept { return patterns_.empty(); }

private:
    /// The fixed pieces of a pattern; between two of them is anything.
    std::vector<std::vector<std::string>> patterns_;
};

} // namespace wagate::http
