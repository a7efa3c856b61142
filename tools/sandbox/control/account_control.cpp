#include "tools/sandbox/control/account_control.hpp"

#include "protocol/base/encoding.hpp"
#include "tools/sandbox/server/calls.hpp"
#include "tools/sandbox/server/channels.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/links.hpp"
#include "tools/sandbox/server/passkeys.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

HttpResponse empty_answer()
{
    return json_response(200, json::object{});
}

HttpResponse set_presence(Network& network, Account& account, json::object const& body)
{
    auto const presence = text_field(body, "presence").value_or("");
    if (presence != "online" && presence != "offline") return json_error(400, "presence: online or offline");
    account.profile.phone_is_online = presence == "online";
    publish_presence(network, account);
    return empty_answer();
}

HttpResponse show_typing(Network& network, Account& account, json::object const& body)
{
    auto const to = recipient_of(text_field(body, "to").value_or(""));
    auto const state = text_field(body, "state").value_or("typing");
    if (!to || network.find(*to) == nullptr) return json_error(404, "no such recipient");
    if (state != "typing" && state != "recording" && state != "paused")
        return json_error(400, "state: typing, recording or paused");
    Node what{state == "paused" ? "paused" : "composing"};
    if (state == "recording") what.set("media", "audio");
    Node chatstate{"chatstate"};
    chatstate.add(std::move(what));
    tell_chatstate(network, account, network.find(*to)->lid_jid(), chatstate);
    return empty_answer();
}

HttpResponse call(Network& network, Account& account, json::object const& body)
{
    auto const to = recipient_of(text_field(body, "to").value_or(""));
    auto* callee = to ? network.find(*to) : nullptr;
    if (callee == nullptr || callee == &account) return json_error(404, "no such recipient");
    json::object made;
    made["id"] = start_call(network, account, *callee, flag_field(body, "video").value_or(false));
    return json_response(201, made);
}

HttpResponse answer(Network& network, Account& account, json::object const& body)
{
    auto const action = text_field(body, "action").value_or("");
    if (action != "accept" && action != "reject" && action != "end")
        return json_error(400, "action: accept, reject or end");
    if (!answer_call(network, account, text_field(body, "id").value_or(""), action))
        return json_error(409, "no such call to do that with");
    return empty_answer();
}

HttpResponse calls(Account const& account)
{
    json::array out;
    for (auto const& call : account.profile.calls) {
        json::object entry;
        entry["id"] = call.id;
        entry["from"] = call.caller->phone_jid().to_string();
        entry["to"] = call.callee->phone_jid().to_string();
        entry["video"] = call.is_video;
        entry["state"] = call.state;
        out.push_back(std::move(entry));
    }
    return json_response(200, out);
}

HttpResponse profile_json(Network const& network, Account const& account)
{
    json::object out;
    out["name"] = account.push_name;
    out["about"] = account.status_text;
    out["picture"] = nullptr;
    auto const picture = network.pictures.find(account.phone_jid().to_string());
    if (picture != network.pictures.end()) out["picture"] = base64_encode(picture->second.jpeg);
    json::object privacy;
    for (auto const& [name, value] : account.profile.privacy)
        privacy[name] = value;
    out["privacy"] = std::move(privacy);
    json::array blocked;
    for (auto const& lid : account.blocked)
        blocked.emplace_back(lid);
    out["blocked"] = std::move(blocked);
    out["defaultExpiration"] = account.profile.default_expiration;
    out["needsPasskey"] = account.profile.needs_passkey;
    out["passkeyCode"] = account.profile.passkey_code;
    return json_response(200, out);
}

HttpResponse change_profile(Network& network, Account& account, json::object const& body)
{
    if (auto const* picture = body.if_contains("picture")) {
        std::optional<Bytes> jpeg;
        if (!picture->is_null()) {
            jpeg = base64_decode(text_field(body, "picture").value_or(""));
            if (!jpeg || jpeg->empty()) return json_error(400, "picture: base64 of a JPEG file, or null");
        }
        set_picture(network, account, std::move(jpeg));
    }
    if (auto const about = text_field(body, "about")) set_about(network, account, *about);
    if (auto const until = number_field(body, "timeLockUntil")) {
        account.profile.time_lock_until = static_cast<std::int64_t>(*until);
        tell_time_lock(network, account);
    }
    if (auto const* quota = body.if_contains("newChats"); quota != nullptr && quota->is_object()) {
        auto const& asked = quota->get_object();
        account.profile.new_chats_total = static_cast<std::int64_t>(number_field(asked, "total").value_or(0));
        account.profile.new_chats_used = static_cast<std::int64_t>(number_field(asked, "used").value_or(0));
        tell_new_chats(network, account);
    }
    if (auto const flag = flag_field(body, "needsPasskey")) account.profile.needs_passkey = *flag;
    if (auto const* privacy = body.if_contains("privacy"); privacy != nullptr && privacy->is_object()) {
        for (auto const& [name, value] : privacy->get_object())
            if (value.is_string())
                set_privacy(network, account, std::string{name}, std::string{value.get_string()});
    }
    return profile_json(network, account);
}

HttpResponse links_json(Account const& account)
{
    auto const& profile = account.profile;
    json::object out;
    out["contact"] = nullptr;
    if (!profile.contact_code.empty()) out["contact"] = profile.contact_code;
    json::array messages;
    for (auto const& [code, text] : profile.message_links)
        messages.push_back(json::object{{"code", code}, {"message", text}});
    out["messages"] = std::move(messages);
    json::array calls;
    for (auto const& link : profile.call_links) {
        json::object entry;
        entry["token"] = link.token;
        entry["media"] = link.media;
        entry["startTime"] = link.start_time;
        calls.push_back(std::move(entry));
    }
    out["calls"] = std::move(calls);
    return json_response(200, out);
}

HttpResponse new_message_link(Network& network, Account& account, json::object const& body)
{
    if (account.business_name.empty()) return json_error(409, "only businesses have such links");
    json::object made;
    made["code"] = create_message_link(network, account, text_field(body, "message").value_or(""));
    return json_response(201, made);
}

} // namespace

std::optional<Jid> recipient_of(std::string_view text)
{
    if (text.find('@') != std::string_view::npos) {
        auto jid = Jid::parse(text);
        if (jid && jid->server == JidServer::legacy_user) jid->server = JidServer::user;
        return jid;
    }
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    return Jid::phone(text);
}

std::optional<HttpResponse> control_account(Network& network, Account& account, std::string_view method,
                                            std::string_view action, json::object const& body)
{
    if (method == "POST" && action == "presence") return set_presence(network, account, body);
    if (method == "POST" && action == "typing") return show_typing(network, account, body);
    if (method == "POST" && action == "call") return call(network, account, body);
    if (method == "POST" && action == "answer-call") return answer(network, account, body);
    if (method == "POST" && action == "passkey") {
        auto const challenge = text_field(body, "challenge");
        if (!challenge) return json_error(400, "challenge: of the options that the companion was given");
        return json_response(200, sign_with_passkey(account, *challenge));
    }
    if (method == "GET" && action == "calls") return calls(account);
    if (method == "GET" && action == "profile") return profile_json(network, account);
    if (method == "PATCH" && action == "profile") return change_profile(network, account, body);
    if (method == "GET" && action == "links") return links_json(account);
    if (method == "POST" && action == "message-links") return new_message_link(network, account, body);
    return std::nullopt;
}

HttpResponse picture_file(Network const& network, std::string_view file)
{
    for (auto const& [key, picture] : network.pictures) {
        if (picture.id + ".jpg" != file) continue;
        HttpResponse response;
        response.body = to_text(picture.jpeg);
        return response;
    }
    return json_error(404, "no such picture");
}

} // namespace wagate::sandbox
