#include "api/v1/business_json.hpp"

#include <boost/json/array.hpp>

namespace wagate::v1 {

namespace json = boost::json;

json::object business_json(stanza::BusinessProfile const& profile)
{
    json::array websites;
    for (auto const& website : profile.websites)
        websites.emplace_back(website);
    json::object out;
    out["description"] = profile.description;
    out["address"] = profile.address;
    out["email"] = profile.email;
    out["website"] = profile.website;
    out["websites"] = std::move(websites);
    out["category"] = profile.category;
    out["hours"] = nullptr;
    if (!profile.hours) return out;
    json::array days;
    for (auto const& day : profile.hours->days) {
        json::object entry;
        entry["day"] = day.day;
        entry["mode"] = day.mode;
        if (day.mode == "specific_hours") {
            entry["openMinutes"] = day.open;
            entry["closeMinutes"] = day.close;
        }
        days.push_back(std::move(entry));
    }
    json::object hours;
    hours["timezone"] = profile.hours->timezone;
    hours["days"] = std::move(days);
    out["hours"] = std::move(hours);
    return out;
}

} // namespace wagate::v1
