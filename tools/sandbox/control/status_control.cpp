#include "tools/sandbox/control/status_control.hpp"

#include "protocol/message/compose.hpp"
#include "tools/sandbox/control/media_json.hpp"
#include "tools/sandbox/server/status_posts.hpp"

namespace wagate::sandbox {
namespace {

constexpr std::uint32_t dark_green = 0xFF38'B42F;

} // namespace

HttpResponse post_status(Network& network, Account& account, json::object const& body)
{
    auto& phone = *account.handset;
    if (!phone.online()) return json_error(409, "the phone is offline");
    auto audience = status_audience(network, account);
    if (auto const* contacts = body.if_contains("contacts"); contacts != nullptr && contacts->is_array()) {
        audience.clear();
        for (auto const& contact : contacts->get_array()) {
            auto* person = contact.is_string() ? network.find_phone(contact.get_string()) : nullptr;
            if (person == nullptr) return json_error(404, "no such contact");
            audience.push_back(person);
        }
    }
    json::object out;
    if (auto const* media = body.if_contains("media")) {
        std::string error;
        auto outgoing = media_from_json(*media, error);
        if (!outgoing) return json_error(400, error);
        out["id"] = phone.post_status_media(std::move(audience), std::move(*outgoing));
        return json_response(201, out);
    }
    auto text = text_field(body, "text");
    if (!text) return json_error(400, "text or media are required");
    auto const background = number_field(body, "background").value_or(dark_green);
    auto const font = number_field(body, "font").value_or(0);
    out["id"] =
        phone.post_status(std::move(audience), message::new_text_status(std::move(*text), background, font));
    return json_response(201, out);
}

HttpResponse delete_status(Account& account, std::string const& id)
{
    if (!account.handset->delete_status(id)) return json_error(404, "no such own status post");
    HttpResponse done;
    done.status = 204;
    return done;
}

void add_status_style(json::object& entry, ChatMessage const& message)
{
    if (!message.group.is_status()) return;
    auto const body = message::parse_body(message.content).body;
    if (auto const* text = std::get_if<message::Text>(&body)) {
        if (text->style.background_argb) entry["background"] = *text->style.background_argb;
        if (text->style.font) entry["font"] = *text->style.font;
    } else if (auto const* media = std::get_if<message::Media>(&body);
               media != nullptr && media->background) {
        entry["background"] = *media->background;
    }
}

} // namespace wagate::sandbox
