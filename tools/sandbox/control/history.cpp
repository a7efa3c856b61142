// The control API's hand on the history of a phone.
#include "protocol/base/encoding.hpp"
#include "tools/sandbox/control/control.hpp"
#include "tools/sandbox/phone/phone.hpp"

namespace wagate::sandbox {
namespace {

constexpr std::uint32_t most_chats = 20'000;
constexpr std::uint32_t most_messages = 1'000'000;

std::optional<std::int32_t> sync_type(std::string const& name)
{
    if (name == "initial") return 0;
    if (name == "full") return 2;
    if (name == "recent") return 3;
    return std::nullopt;
}

std::optional<HistoryCarrier> carrier(std::string const& name)
{
    if (name == "auto") return HistoryCarrier::usual;
    if (name == "always") return HistoryCarrier::files;
    if (name == "never") return HistoryCarrier::messages;
    return std::nullopt;
}

} // namespace

HttpResponse Control::make_history(Account& account, json::object const& body)
{
    auto const type = sync_type(text_field(body, "type").value_or("initial"));
    if (!type) return json_error(400, "type: initial, recent or full");
    auto const at = text_field(body, "at").value_or("now");
    if (at != "now" && at != "pairing") return json_error(400, "at: now or pairing");
    auto const files = carrier(text_field(body, "files").value_or("auto"));
    if (!files) return json_error(400, "files: auto, always or never");
    HistoryPlan plan;
    plan.carrier = *files;
    plan.now = network_.now_seconds();
    plan.older = number_field(body, "older").value_or(0);
    plan.chats = number_field(body, "chats").value_or(0);
    plan.messages = number_field(body, "messages").value_or(0);
    plan.days = number_field(body, "days").value_or(plan.days);
    plan.chats_per_chunk = number_field(body, "chatsPerChunk").value_or(plan.chats_per_chunk);
    if (plan.older > most_messages) return json_error(400, "older: at most 1000000");
    if (plan.chats == 0 || plan.chats > most_chats || plan.messages > most_messages ||
        plan.chats_per_chunk == 0)
        return json_error(400, "chats: 1 to 20000; messages: at most 1000000; chatsPerChunk: at least 1");

    if (auto const image = text_field(body, "image")) {
        auto const content = base64_decode(*image);
        if (!content) return json_error(400, "image: base64");
        message::Media media;
        media.kind = message::MediaKind::image;
        media.file = account.handset->upload(media::MediaType::image, *content);
        media.file.mimetype = "image/jpeg";
        plan.image = std::move(media);
    }
    account.handset->kept_history = plan;

    json::object out;
    out["chunks"] = HistoryMaker{plan, account.phone, *type}.chunks();
    std::int64_t devices = 0;
    if (at == "pairing") {
        account.handset->history = plan;
    } else {
        for (auto const& [id, device] : account.devices) {
            if (id == 0) continue;
            account.handset->send_history_chunks(id, plan, *type);
            ++devices;
        }
    }
    out["devices"] = devices;
    return json_response(200, out);
}

} // namespace wagate::sandbox
