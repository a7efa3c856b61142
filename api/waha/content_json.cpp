#include "api/waha/content_json.hpp"

#include "api/http/json.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/json_parts.hpp"
#include "protocol/base/encoding.hpp"

#include <boost/json/array.hpp>

#include <charconv>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using namespace message;

json::value text_or_null(std::string const& text)
{
    json::value out;
    if (!text.empty()) out = text;
    return out;
}

/// Shortest text that reads back as the same number.
std::string number_text(double number)
{
    char buffer[32];
    auto const [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), number);
    return error == std::errc() ? std::string(std::begin(buffer), end) : std::string("0");
}

json::value seconds_or_null(std::optional<WallTime> const& time)
{
    json::value out;
    if (time) out = unix_seconds(*time);
    return out;
}

json::object place_json(Location const& place)
{
    json::object out;
    out["latitude"] = number_text(place.latitude);
    out["longitude"] = number_text(place.longitude);
    out["live"] = place.live.has_value();
    out["name"] = text_or_null(place.name);
    out["address"] = text_or_null(place.address);
    out["url"] = text_or_null(place.url);
    out["description"] = text_or_null(place.live ? place.live->caption : place.comment);
    out["thumbnail"] = nullptr;
    if (!place.thumbnail.empty()) out["thumbnail"] = base64_encode(place.thumbnail);
    return out;
}

json::object button_json(std::string const& id, std::string const& text)
{
    json::object out;
    out["id"] = id;
    out["text"] = text;
    return out;
}

/// The parameters of a flow; none when they are no JSON object.
json::object params_of(std::string const& text)
{
    auto parsed = http::parse_json(text);
    auto* object = parsed ? parsed->if_object() : nullptr;
    return object ? std::move(*object) : json::object{};
}

std::string field(json::object const& params, std::string_view name, std::string const& otherwise)
{
    auto const* value = params.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : otherwise;
}

/// As a button of the request to send it; flows of other kinds by their name.
json::object flow_button_json(Interactive::Button const& button)
{
    auto const params = params_of(button.params);
    json::object out = button_json(field(params, "id", {}), field(params, "display_text", button.name));
    if (button.name == "cta_url") out["url"] = field(params, "url", {});
    if (button.name == "cta_call") out["phoneNumber"] = field(params, "phone_number", {});
    if (button.name == "cta_copy") out["copyCode"] = field(params, "copy_code", {});
    out["type"] = button.name == "quick_reply" ? "reply"
                  : button.name == "cta_url"   ? "url"
                  : button.name == "cta_call"  ? "call"
                  : button.name == "cta_copy"  ? "copy"
                                               : button.name;
    return out;
}

/// Puts what a kind of content holds under its name; most kinds have nothing to add.
class ContentWriter {
public:
    explicit ContentWriter(json::object& data) noexcept : data_(data) {}

    void operator()(Text const& text) const
    {
        if (!text.preview) return;
        json::object out;
        out["url"] = text.preview->url;
        out["title"] = text.preview->title;
        out["description"] = text.preview->description;
        data_["linkPreview"] = std::move(out);
    }
    void operator()(Media const& media) const
    {
        json::object out;
        out["kind"] = media_kind_name(media.kind);
        out["size"] = media.file.length;
        out["width"] = media.width;
        out["height"] = media.height;
        out["seconds"] = media.seconds;
        out["pages"] = media.page_count;
        if (media.kind == MediaKind::sticker) out["animated"] = media.animated;
        data_["media"] = std::move(out);
    }
    void operator()(Album const& album) const
    {
        json::object out;
        out["images"] = album.images;
        out["videos"] = album.videos;
        data_["album"] = std::move(out);
    }
    void operator()(Poll const& poll) const
    {
        json::array options;
        for (auto const& option : poll.options)
            options.emplace_back(option);
        json::object out;
        out["name"] = poll.name;
        out["options"] = std::move(options);
        out["multipleAnswers"] = poll.selectable != 1;
        data_["poll"] = std::move(out);
    }
    void operator()(CalendarEvent const& event) const
    {
        json::object out;
        out["name"] = event.name;
        out["description"] = text_or_null(event.description);
        out["startTime"] = seconds_or_null(event.start);
        out["endTime"] = seconds_or_null(event.end);
        out["location"] = nullptr;
        if (event.location) out["location"] = place_json(*event.location);
        out["extraGuestsAllowed"] = event.extra_guests_allowed;
        out["isCanceled"] = event.cancelled;
        out["joinLink"] = text_or_null(event.join_link);
        data_["event"] = std::move(out);
    }
    void operator()(List const& list) const
    {
        json::array sections;
        for (auto const& section : list.sections)
            sections.emplace_back(section_json(section));
        json::object out;
        out["title"] = list.title;
        out["description"] = list.description;
        out["button"] = list.button;
        out["footer"] = text_or_null(list.footer);
        out["sections"] = std::move(sections);
        data_["list"] = std::move(out);
    }
    void operator()(ListReply const& reply) const { answer(reply.row_id, reply.title); }
    void operator()(Buttons const& buttons) const
    {
        json::array all;
        for (auto const& button : buttons.buttons)
            all.emplace_back(button_json(button.id, button.text));
        json::object out;
        out["header"] = text_or_null(buttons.header);
        out["text"] = buttons.text;
        out["footer"] = text_or_null(buttons.footer);
        out["buttons"] = std::move(all);
        data_["buttons"] = std::move(out);
    }
    void operator()(Interactive const& flow) const
    {
        json::array all;
        for (auto const& button : flow.buttons)
            all.emplace_back(flow_button_json(button));
        json::object out;
        out["header"] = text_or_null(flow.title);
        out["text"] = flow.text;
        out["footer"] = text_or_null(flow.footer);
        out["buttons"] = std::move(all);
        data_["buttons"] = std::move(out);
    }
    void operator()(ButtonReply const& reply) const { answer(reply.id, reply.text); }
    void operator()(TemplateReply const& reply) const { answer(reply.id, reply.text); }
    void operator()(InteractiveReply const& reply) const
    {
        auto const params = params_of(reply.params);
        answer(field(params, "id", reply.name), reply.text);
    }
    void operator()(GroupInvite const& invite) const
    {
        json::object out;
        out["id"] = nullptr;
        if (invite.group) out["id"] = shown(*invite.group);
        out["name"] = invite.name;
        out["code"] = invite.code;
        out["expiresAt"] = seconds_or_null(invite.expires);
        data_["groupInvite"] = std::move(out);
    }
    void operator()(Product const& product) const
    {
        json::object out;
        out["id"] = product.id;
        out["retailerId"] = text_or_null(product.retailer_id);
        out["title"] = product.title;
        out["description"] = text_or_null(product.description);
        out["currency"] = text_or_null(product.currency);
        out["priceAmount1000"] = product.price_thousandths;
        out["url"] = text_or_null(product.url);
        out["owner"] = person_or_null(product.owner);
        out["body"] = text_or_null(product.body);
        out["footer"] = text_or_null(product.footer);
        data_["product"] = std::move(out);
    }
    void operator()(Order const& order) const
    {
        json::object out;
        out["id"] = order.id;
        out["token"] = order.token;
        out["title"] = text_or_null(order.title);
        out["message"] = text_or_null(order.message);
        out["seller"] = person_or_null(order.seller);
        out["itemCount"] = order.item_count;
        out["currency"] = text_or_null(order.currency);
        out["totalAmount1000"] = order.total_thousandths;
        data_["order"] = std::move(out);
    }
    template <class Other>
    void operator()(Other const&) const
    {}

private:
    static json::value person_or_null(std::optional<Jid> const& person)
    {
        json::value out;
        if (person) out = shown(person->bare());
        return out;
    }
    static json::object section_json(List::Section const& section)
    {
        json::array rows;
        for (auto const& row : section.rows) {
            json::object shown_row;
            shown_row["rowId"] = row.id;
            shown_row["title"] = row.title;
            shown_row["description"] = text_or_null(row.description);
            rows.push_back(std::move(shown_row));
        }
        json::object out;
        out["title"] = section.title;
        out["rows"] = std::move(rows);
        return out;
    }
    /// What was chosen in a list or of buttons.
    void answer(std::string const& id, std::string const& text) const
    {
        data_["selected"] = button_json(id, text);
    }

    json::object& data_;
};

void put_context(json::object& data, Context const& context)
{
    if (!context.mentions.empty() || context.mentions_everyone) {
        json::array mentions;
        if (context.mentions_everyone) mentions.emplace_back("all");
        for (auto const& mention : context.mentions)
            mentions.emplace_back(shown(mention));
        data["mentions"] = std::move(mentions);
    }
    if (context.forwarded) {
        data["forwarded"] = true;
        data["forwardingScore"] = context.forwarding_score;
    }
    if (context.expiration && context.expiration->count() > 0)
        data["expiration"] = context.expiration->count();
}

} // namespace

json::value media_json(MessageBody const& body, Message const& message, MediaPlace const* place)
{
    auto const* media = message::file_of(body);
    if (!media || !place) return {};
    json::object out;
    out["url"] = media_url(*place, message, *media);
    out["mimetype"] = media->file.mimetype;
    out["filename"] = text_or_null(media->file_name);
    out["error"] = nullptr;
    return json::value(std::move(out));
}

json::value location_json(MessageBody const& body)
{
    auto const* place = std::get_if<Location>(&body);
    if (!place) return {};
    return json::value(place_json(*place));
}

json::value vcards_json(MessageBody const& body)
{
    auto const* contacts = std::get_if<Contacts>(&body);
    if (!contacts) return {};
    json::array cards;
    for (auto const& card : contacts->cards)
        cards.emplace_back(card.vcard);
    return json::value(std::move(cards));
}

void put_content(json::object& data, TypedMessage const& typed)
{
    std::visit(ContentWriter(data), typed.body);
    put_context(data, typed.context);
    if (typed.envelope.is_view_once()) data["viewOnce"] = true;
    constexpr std::uint32_t part_of_album = 1;
    auto const& association = typed.envelope.association;
    if (association && association->type == part_of_album) data["albumId"] = association->parent.id.value;
}

} // namespace wagate::waha
