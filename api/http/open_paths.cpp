#include "api/http/open_paths.hpp"

namespace wagate::http {
namespace {

constexpr std::string_view special = "()[]{}*+?|\\^$";

std::optional<std::vector<std::string>> pieces_of(std::string_view pattern)
{
    std::vector<std::string> pieces(1);
    while (!pattern.empty()) {
        bool is_gap = false;
        for (std::string_view const gap : {"(.*)", ".*"}) {
            if (!pattern.starts_with(gap)) continue;
            pattern.remove_prefix(gap.size());
            is_gap = true;
            break;
        }
        if (is_gap) {
            pieces.emplace_back();
            continue;
        }
        if (special.find(pattern.front()) != std::string_view::npos) return std::nullopt;
        pieces.back() += pattern.front();
        pattern.remove_prefix(1);
    }
    return pieces;
}

bool fits(std::vector<std::string> const& pieces, std::string_view path)
{
    if (!path.starts_with(pieces.front())) return false;
    if (pieces.size() == 1) return path.size() == pieces.front().size();
    path.remove_prefix(pieces.front().size());
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
        auto const found = path.find(pieces[i]);
        if (found == std::string_view::npos) return false;
        path.remove_prefix(found + pieces[i].size());
    }
    return path.ends_with(pieces.back());
}

} // namespace

std::optional<OpenPaths> OpenPaths::parse(std::string_view patterns)
{
    OpenPaths paths;
    while (!patterns.empty()) {
        auto const comma = patterns.find(',');
        auto pattern = patterns.substr(0, comma);
        patterns.remove_prefix(comma == std::string_view::npos ? patterns.size() : comma + 1);
        if (pattern.starts_with('/')) pattern.remove_prefix(1);
        if (pattern.empty()) continue;
        auto pieces = pieces_of(pattern);
        if (!pieces) return std::nullopt;
        paths.patterns_.push_back(std::move(*pieces));
    }
    return paths;
}

bool OpenPaths::contain(std::string_view path) const
{
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    for (auto const& pieces : patterns_)
        if (fits(pieces, path)) return true;
    return false;
}

} // namespace wagate::http
