#include "api/http/query_rules.hpp"

#include <algorithm>
#include <charconv>

namespace wagate::http {

std::optional<std::string> QueryRules::text(std::string_view name) const
{
    auto const found = query_.find(name);
    if (!found || found->empty()) return std::nullopt;
    return std::string(*found);
}

std::string QueryRules::required_text(std::string_view name) const
{
    auto found = text(name);
    if (!found) problems_.push_back(std::string(name) + " should not be empty");
    return found.value_or(std::string());
}

std::optional<bool> QueryRules::flag(std::string_view name) const
{
    auto const given = text(name);
    if (!given) return std::nullopt;
    // Python's clients write their own words for it.
    if (*given == "true" || *given == "True" || *given == "1") return true;
    if (*given == "false" || *given == "False" || *given == "0") return false;
    problems_.push_back(std::string(name) + " must be a boolean value");
    return std::nullopt;
}

std::optional<std::int64_t> QueryRules::integer(std::string_view name, std::int64_t least,
                                                std::int64_t most) const
{
    auto const given = text(name);
    if (!given) return std::nullopt;
    std::int64_t value = 0;
    auto const* const end = given->data() + given->size();
    auto const [rest, error] = std::from_chars(given->data(), end, value);
    if (error != std::errc{} || rest != end)
        problems_.push_back(std::string(name) + " must be an integer number");
    else if (value < least)
        problems_.push_back(std::string(name) + " must not be less than " + std::to_string(least));
    else if (value > most)
        problems_.push_back(std::string(name) + " must not be greater than " + std::to_string(most));
    else
        return value;
    return std::nullopt;
}

std::optional<std::string> QueryRules::choice(std::string_view name,
                                              std::vector<std::string_view> const& choices) const
{
    auto given = text(name);
    if (!given || std::find(choices.begin(), choices.end(), *given) != choices.end()) return given;
    std::string listed;
    for (auto word : choices)
        listed.append(listed.empty() ? "" : ", ").append(word);
    problems_.push_back(std::string(name) + " must be one of the following values: " + listed);
    return std::nullopt;
}

} // namespace wagate::http
