#pragma once
// Percent-encoding and query strings. Total over any input.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wagate::http {

/// Decodes %XX. @return nothing for a broken escape or a NUL.
std::optional<std::string> percent_decode(std::string_view text);

/// The parameters of a query string, decoded; '+' is a space. A parameter with a broken escape is kept as
/// written.
class Query {
public:
    Query() = default;
    explicit Query(std::string_view text);

    /// The first value of the name.
    std::optional<std::string_view> find(std::string_view name) const noexcept;

    auto begin() const noexcept { return parameters_.begin(); }
    auto end() const noexcept { return parameters_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

} // namespace wagate::http
