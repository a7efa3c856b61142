#pragma once
// Typed query parameters; violations become problems as in request bodies.
#include "api/http/query.hpp"

#include <cstdint>

namespace wagate::http {

class QueryRules {
public:
    QueryRules(Query const& query, std::vector<std::string>& problems) noexcept
        : query_(query), problems_(problems)
    {}

    std::optional<std::string> text(std::string_view name) const;
    std::string required_text(std::string_view name) const;
    std::optional<bool> flag(std::string_view name) const; ///< true, false, 1, 0
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most) const;
    std::optional<std::string> choice(std::string_view name,
                                      std::vector<std::string_view> const& choices) const;

private:
    Query const& query_;
    std::vector<std::string>& problems_;
};

} // namespace wagate::http
