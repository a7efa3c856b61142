#include "api/waha/channel_directory.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::array views{Entry{"RECOMMENDED", "Recommended"}, Entry{"TRENDING", "Trending"},
                           Entry{"POPULAR", "Most popular"}, Entry{"NEW", "New"}};

constexpr std::array categories{
    Entry{"BUSINESS", "Business"}, Entry{"ENTERTAINMENT", "Entertainment"}, Entry{"LIFESTYLE", "Lifestyle"},
    Entry{"NEWS", "News & Info"},  Entry{"ORGANIZATIONS", "Organizations"}, Entry{"PEOPLE", "People"},
    Entry{"SPORTS", "Sports"}};

constexpr std::array countries{Entry{"AR", "Argentina"},      Entry{"AU", "Australia"},
                               Entry{"AT", "Austria"},        Entry{"BD", "Bangladesh"},
                               Entry{"BE", "Belgium"},        Entry{"BO", "Bolivia"},
                               Entry{"BR", "Brazil"},         Entry{"CA", "Canada"},
                               Entry{"CL", "Chile"},          Entry{"CO", "Colombia"},
                               Entry{"CR", "Costa Rica"},     Entry{"CZ", "Czechia"},
                               Entry{"DK", "Denmark"},        Entry{"DO", "Dominican Republic"},
                               Entry{"EC", "Ecuador"},        Entry{"EG", "Egypt"},
                               Entry{"FI", "Finland"},        Entry{"FR", "France"},
                               Entry{"DE", "Germany"},        Entry{"GH", "Ghana"},
                               Entry{"GR", "Greece"},         Entry{"GT", "Guatemala"},
                               Entry{"HK", "Hong Kong"},      Entry{"HU", "Hungary"},
                               Entry{"IN", "India"},          Entry{"ID", "Indonesia"},
                               Entry{"IE", "Ireland"},        Entry{"IL", "Israel"},
                               Entry{"IT", "Italy"},          Entry{"KE", "Kenya"},
                               Entry{"MY", "Malaysia"},       Entry{"MX", "Mexico"},
                               Entry{"MA", "Morocco"},        Entry{"NL", "Netherlands"},
                               Entry{"NZ", "New Zealand"},    Entry{"NG", "Nigeria"},
                               Entry{"NO", "Norway"},         Entry{"PK", "Pakistan"},
                               Entry{"PE", "Peru"},           Entry{"PH", "Philippines"},
                               Entry{"PL", "Poland"},         Entry{"PT", "Portugal"},
                               Entry{"RO", "Romania"},        Entry{"SA", "Saudi Arabia"},
                               Entry{"SG", "Singapore"},      Entry{"ZA", "South Africa"},
                               Entry{"ES", "Spain"},          Entry{"LK", "Sri Lanka"},
                               Entry{"SE", "Sweden"},         Entry{"CH", "Switzerland"},
                               Entry{"TH", "Thailand"},       Entry{"TR", "Türkiye"},
                               Entry{"UA", "Ukraine"},        Entry{"AE", "United Arab Emirates"},
                               Entry{"GB", "United Kingdom"}, Entry{"US", "United States"},
                               Entry{"UY", "Uruguay"},        Entry{"VE", "Venezuela"},
                               Entry{"VN", "Vietnam"}};

template <class Entries>
json::array listed(Entries const& entries, std::string_view key)
{
    json::array out;
    for (auto const& [value, name] : entries) {
        json::object entry;
        entry[key] = value;
        entry["name"] = name;
        out.push_back(std::move(entry));
    }
    return out;
}

} // namespace

json::array channel_views()
{
    return listed(views, "value");
}

json::array channel_countries()
{
    return listed(countries, "code");
}

json::array channel_categories()
{
    return listed(categories, "value");
}

bool is_channel_view(std::string_view value) noexcept
{
    return std::any_of(views.begin(), views.end(), [&](Entry const& entry) { return entry.first == value; });
}

} // namespace wagate::waha
