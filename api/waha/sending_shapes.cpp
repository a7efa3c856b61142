#include "api/waha/sending_shapes.hpp"

#include "api/waha/file_body.hpp"
#include "api/waha/sending.hpp"
#include "protocol/message/compose.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Field;
using http::Shape;

constexpr std::size_t most_contacts = 257;          // as apps allow
constexpr std::size_t most_options = 12;            // of a poll, as apps allow
constexpr std::size_t most_rows = 10;               // of a list, as apps show
constexpr std::size_t most_buttons = 10;            // of a flow, as apps show
constexpr double latest_second = 253'402'300'799.0; // end of the year 9999

std::string text_of(json::object const& body, std::string_view name)
{
    return http::text_at(body, name).value_or("");
}

std::vector<std::string> texts_at(json::object const& body, std::string_view name)
{
    std::vector<std::string> texts;
    if (auto const* list = http::list_at(body, name)) {
        for (auto const& text : *list)
            texts.emplace_back(text.get_string().c_str());
    }
    return texts;
}

bool has_twins(std::vector<std::string> const& texts)
{
    return std::set<std::string_view>(texts.begin(), texts.end()).size() != texts.size();
}

/// The name in a vCard; empty when it has none.
std::string name_in(std::string_view vcard)
{
    for (std::size_t start = 0; start < vcard.size();) {
        auto const end = std::min(vcard.find('\n', start), vcard.size());
        auto line = vcard.substr(start, end - start);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with("FN:")) return std::string(line.substr(3));
        start = end + 1;
    }
    return {};
}

std::optional<WallTime> time_at(json::object const& body, std::string_view name)
{
    auto const seconds = http::number_at(body, name);
    if (!seconds) return std::nullopt;
    return wall_from_seconds(static_cast<std::int64_t>(*seconds));
}

} // namespace

Shape const& location_shape()
{
    static Shape const shape = sending_shape({
        Field::number("latitude").required().between(-90, 90),
        Field::number("longitude").required().between(-180, 180),
        Field::text("title").size_between(0, 1'024),
    });
    return shape;
}

message::Location to_location(json::object const& body)
{
    message::Location place;
    place.latitude = http::number_at(body, "latitude").value_or(0);
    place.longitude = http::number_at(body, "longitude").value_or(0);
    place.name = text_of(body, "title");
    return place;
}

Shape const& contacts_shape()
{
    static Shape const shape = sending_shape({
        Field::list("contacts",
                    Field::object("contact", Shape{{
                                                 Field::text("vcard").size_between(0, 65'536),
                                                 Field::text("fullName").size_between(0, 1'024),
                                                 Field::text("organization").size_between(0, 1'024),
                                                 Field::text("phoneNumber").size_between(0, 64),
                                                 Field::text("whatsappId").size_between(0, 64),
                                             }}))
            .required()
            .size_between(1, most_contacts),
    });
    return shape;
}

message::Contacts to_contacts(json::object const& body, std::vector<std::string>& problems)
{
    message::Contacts out;
    auto const* list = http::list_at(body, "contacts");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        auto const& contact = (*list)[i].as_object();
        auto const path = "contacts." + std::to_string(i) + ".";
        if (auto vcard = text_of(contact, "vcard"); !vcard.empty()) {
            auto name = name_in(vcard);
            out.cards.push_back({std::move(name), std::move(vcard)});
            continue;
        }
        message::VcardFacts const facts{text_of(contact, "fullName"), text_of(contact, "organization"),
                                        text_of(contact, "phoneNumber"), text_of(contact, "whatsappId")};
        if (facts.full_name.empty()) problems.push_back(path + "fullName should not be empty");
        if (facts.phone_number.empty()) problems.push_back(path + "phoneNumber should not be empty");
        out.cards.push_back({facts.full_name, message::make_vcard(facts)});
    }
    out.display_name = std::to_string(out.cards.size()) + " contacts";
    return out;
}

Shape const& poll_shape()
{
    static Shape const shape = sending_shape({
        Field::object("poll", Shape{{
                                  Field::text("name").required().size_between(1, 4'096),
                                  Field::list("options", Field::text("option").size_between(1, 1'024))
                                      .required()
                                      .size_between(2, most_options),
                                  Field::boolean("multipleAnswers"),
                              }})
            .required(),
    });
    return shape;
}

message::Poll to_poll(json::object const& body, std::vector<std::string>& problems)
{
    message::Poll poll;
    auto const* asked = http::object_at(body, "poll");
    if (!asked) return poll;
    poll.name = text_of(*asked, "name");
    poll.options = texts_at(*asked, "options");
    poll.selectable = http::flag_at(*asked, "multipleAnswers", false) ? 0 : 1;
    if (has_twins(poll.options)) problems.emplace_back("poll.options must not contain the same option twice");
    return poll;
}

Shape const& poll_vote_shape()
{
    static Shape const shape = sending_shape({
        Field::text("pollMessageId").required().size_between(1, 512),
        Field::number("pollServerId"),
        Field::list("votes", Field::text("vote").size_between(1, 1'024))
            .required()
            .size_between(0, most_options),
    });
    return shape;
}

json::value with_flat_votes(json::value body)
{
    auto* object = body.if_object();
    auto* votes = object ? object->if_contains("votes") : nullptr;
    auto* list = votes ? votes->if_array() : nullptr;
    if (!list) return body;
    json::array flat;
    for (auto const& vote : *list) {
        if (auto const* inner = vote.if_array())
            flat.insert(flat.end(), inner->begin(), inner->end());
        else
            flat.push_back(vote);
    }
    *votes = std::move(flat);
    return body;
}

std::vector<std::string> to_votes(json::object const& body)
{
    auto votes = texts_at(body, "votes");
    std::sort(votes.begin(), votes.end());
    votes.erase(std::unique(votes.begin(), votes.end()), votes.end());
    return votes;
}

Shape const& list_shape()
{
    static Shape const row{{
        Field::text("title").required().size_between(1, 1'024),
        Field::text("rowId").required().size_between(1, 1'024),
        Field::text("description").size_between(0, 1'024),
    }};
    static Shape const section{{
        Field::text("title").required().size_between(0, 1'024),
        Field::list("rows", Field::object("row", row)).required().size_between(1, most_rows),
    }};
    static Shape const shape = sending_shape({
        Field::object("message", Shape{{
                                     Field::text("title").required().size_between(1, 1'024),
                                     Field::text("description").size_between(0, 4'096),
                                     Field::text("footer").size_between(0, 1'024),
                                     Field::text("button").required().size_between(1, 1'024),
                                     Field::list("sections", Field::object("section", section))
                                         .required()
                                         .size_between(1, most_rows),
                                 }})
            .required(),
    });
    return shape;
}

message::List to_list(json::object const& body, std::vector<std::string>& problems)
{
    message::List list;
    auto const* asked = http::object_at(body, "message");
    if (!asked) return list;
    list.title = text_of(*asked, "title");
    list.description = text_of(*asked, "description");
    list.button = text_of(*asked, "button");
    list.footer = text_of(*asked, "footer");
    std::vector<std::string> ids;
    auto const* sections = http::list_at(*asked, "sections");
    for (std::size_t i = 0; sections && i < sections->size(); ++i) {
        auto const& section = (*sections)[i].as_object();
        auto& out = list.sections.emplace_back();
        out.title = text_of(section, "title");
        auto const* rows = http::list_at(section, "rows");
        for (std::size_t j = 0; rows && j < rows->size(); ++j) {
            auto const& row = (*rows)[j].as_object();
            out.rows.push_back({text_of(row, "title"), text_of(row, "description"), text_of(row, "rowId")});
            ids.push_back(out.rows.back().id);
        }
    }
    if (has_twins(ids)) problems.emplace_back("message.sections must not contain the same rowId twice");
    return list;
}

http::Field event_field()
{
    return Field::object("event", Shape{{
                                      Field::text("name").required().size_between(1, 1'024),
                                      Field::text("description").size_between(0, 4'096),
                                      Field::number("startTime").required().between(0, latest_second),
                                      Field::number("endTime").between(0, latest_second),
                                      Field::object("location",
                                                    Shape{{
                                                        Field::text("name").required().size_between(1, 1'024),
                                                    }}),
                                      Field::boolean("extraGuestsAllowed"),
                                  }})
        .required();
}

Shape const& event_shape()
{
    static Shape const shape = sending_shape({event_field()});
    return shape;
}

message::CalendarEvent to_event(json::object const& body, std::vector<std::string>& problems)
{
    message::CalendarEvent event;
    auto const* asked = http::object_at(body, "event");
    if (!asked) return event;
    event.name = text_of(*asked, "name");
    event.description = text_of(*asked, "description");
    event.start = time_at(*asked, "startTime");
    event.end = time_at(*asked, "endTime");
    if (event.start && event.end && *event.end < *event.start)
        problems.emplace_back("event.endTime must not be before event.startTime");
    if (auto const* place = http::object_at(*asked, "location")) {
        event.location.emplace();
        event.location->name = text_of(*place, "name");
    }
    event.extra_guests_allowed = http::flag_at(*asked, "extraGuestsAllowed", false);
    return event;
}

Shape const& custom_preview_shape()
{
    static Shape const shape = sending_shape({
        Field::text("text").required().size_between(1, 65'536),
        Field::boolean("linkPreviewHighQuality"),
        Field::object("preview", Shape{{
                                     Field::object("image", file_shape()),
                                     Field::text("url").required().size_between(1, 4'096),
                                     Field::text("title").required().size_between(1, 1'024),
                                     Field::text("description").required().size_between(0, 4'096),
                                 }})
            .required(),
    });
    return shape;
}

gateway::LinkDraft to_preview(json::object& body, std::vector<std::string>& problems)
{
    gateway::LinkDraft draft;
    draft.is_read = false;
    draft.text = text_of(body, "text");
    draft.reply_to = non_empty(http::text_at(body, "reply_to"));
    draft.high_quality = http::flag_at(body, "linkPreviewHighQuality", true);
    auto* field = body.if_contains("preview");
    auto* asked = field ? field->if_object() : nullptr;
    if (!asked) return draft;
    auto& preview = draft.preview;
    preview.url = text_of(*asked, "url");
    preview.title = text_of(*asked, "title");
    preview.description = text_of(*asked, "description");
    if (draft.text.find(preview.url) == std::string::npos)
        problems.emplace_back("text must contain preview.url");
    auto* image = asked->if_contains("image");
    if (!image || !image->is_object()) return draft;
    auto const is_given = [&](char const* name) {
        return !http::text_at(image->get_object(), name).value_or("").empty();
    };
    if (is_given("url") || is_given("data"))
        draft.image = take_file(image->get_object(), problems, "preview.image");
    return draft;
}

Shape const& buttons_shape()
{
    static Shape const button{{
        Field::text("type").required().one_of({"reply", "url", "call", "copy"}),
        Field::text("text").required().size_between(1, 1'024),
        Field::text("id").size_between(0, 1'024),
        Field::text("url").size_between(0, 4'096),
        Field::text("phoneNumber").size_between(0, 64),
        Field::text("copyCode").size_between(0, 1'024),
    }};
    static Shape const shape = sending_shape({
        Field::text("header").size_between(0, 1'024),
        Field::object("headerImage", file_shape()),
        Field::text("body").required().size_between(1, 4'096),
        Field::text("footer").size_between(0, 1'024),
        Field::list("buttons", Field::object("button", button)).required().size_between(1, most_buttons),
    });
    return shape;
}

std::optional<gateway::FileSource> take_header_image(json::object& body, std::vector<std::string>& problems)
{
    auto* image = body.if_contains("headerImage");
    if (!image || !image->is_object()) return std::nullopt;
    return take_file(image->get_object(), problems, "headerImage");
}

message::Interactive to_buttons(json::object const& body, std::vector<std::string>& problems)
{
    message::Interactive out;
    out.title = text_of(body, "header");
    out.text = text_of(body, "body");
    out.footer = text_of(body, "footer");
    out.version = 1;
    auto const* list = http::list_at(body, "buttons");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        auto const& button = (*list)[i].as_object();
        auto const type = text_of(button, "type");
        json::object params;
        params["display_text"] = text_of(button, "text");
        auto const put = [&](char const* from, std::initializer_list<char const*> names) {
            auto const value = text_of(button, from);
            if (value.empty())
                problems.push_back("buttons." + std::to_string(i) + "." + from + " should not be empty");
            for (auto const* name : names)
                params[name] = value;
        };
        if (type == "reply") {
            auto id = text_of(button, "id");
            params["id"] = id.empty() ? std::to_string(i + 1) : std::move(id);
            out.buttons.push_back({"quick_reply", {}});
        } else if (type == "url") {
            put("url", {"url", "merchant_url"});
            out.buttons.push_back({"cta_url", {}});
        } else if (type == "call") {
            put("phoneNumber", {"phone_number"});
            out.buttons.push_back({"cta_call", {}});
        } else {
            put("copyCode", {"copy_code"});
            out.buttons.push_back({"cta_copy", {}});
        }
        out.buttons.back().params = http::stable_json(params);
    }
    return out;
}

} // namespace wagate::waha
