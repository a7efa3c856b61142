#include "api/waha/shown_lids.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <string_view>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using LidByNumber = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view data_name = "_data";

/// All `{"lid":…,"pn":…}` below a value.
void collect(json::value const& value, LidByNumber& found)
{
    if (auto const* object = value.if_object()) {
        auto const* lid = object->if_contains("lid");
        auto const* number = object->if_contains("pn");
        if (lid != nullptr && number != nullptr && lid->is_string() && number->is_string())
            found.emplace(std::string(number->get_string()), std::string(lid->get_string()));
        for (auto const& member : *object)
            collect(member.value(), found);
    } else if (auto const* list = value.if_array()) {
        for (auto const& element : *list)
            collect(element, found);
    }
}

/// An address, or the addresses in an id (`false_123@c.us_ID`).
std::string replaced(std::string_view text, LidByNumber const& lids)
{
    std::string out;
    while (true) {
        auto const end = text.find('_');
        auto const part = text.substr(0, end);
        auto const known = lids.find(part);
        out += known == lids.end() ? part : std::string_view(known->second);
        if (end == std::string_view::npos) return out;
        out += '_';
        text.remove_prefix(end + 1);
    }
}

/// Where addresses stand. Bodies and names are not touched, whatever they say.
bool is_address(std::string_view name)
{
    return name == "id" || name == "from" || name == "to" || name == "participant" || name == "author" ||
           name == "messageId" || name == "chatId";
}

void replace(json::object& object, LidByNumber const& lids)
{
    for (auto& member : object) {
        if (member.key() == data_name) continue;
        auto& value = member.value();
        if (auto* text = value.if_string()) {
            if (is_address(member.key())) *text = replaced(*text, lids);
        } else if (auto* inner = value.if_object()) {
            replace(*inner, lids);
        } else if (auto* list = value.if_array()) {
            for (auto& element : *list)
                if (element.is_object()) replace(element.get_object(), lids);
        }
    }
}

} // namespace

void show_lids(json::object& payload)
{
    auto const* data = payload.if_contains(data_name);
    if (data == nullptr) return;
    LidByNumber lids;
    collect(*data, lids);
    if (!lids.empty()) replace(payload, lids);
}

} // namespace wagate::waha
