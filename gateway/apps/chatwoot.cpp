#include "gateway/apps/chatwoot.hpp"

#include "gateway/telemetry/log.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/message/body.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace wagate::gateway {
namespace {

namespace json = boost::json;

constexpr std::size_t most_conversations = 1'000;
constexpr std::size_t longest_answer = 256 * 1024;

json::value parsed(std::string const& text)
{
    boost::system::error_code error;
    auto value = json::parse(text, error);
    return error ? json::value() : value;
}

std::optional<std::int64_t> id_in(json::value const& value)
{
    auto const* object = value.if_object();
    auto const* id = object == nullptr ? nullptr : object->if_contains("id");
    if (id == nullptr || !id->is_int64()) return std::nullopt;
    return id->get_int64();
}

bool is_open(json::value const& conversation)
{
    auto const* object = conversation.if_object();
    auto const* status = object == nullptr ? nullptr : object->if_contains("status");
    return status == nullptr || !status->is_string() || status->get_string() != "resolved";
}

bool is_good(unsigned status)
{
    return status >= 200 && status < 300;
}

/// As the API shows chats: what agents' answers come back to.
std::string source_of(Message const& message)
{
    auto const& jid = message.chat_phone ? *message.chat_phone : message.chat;
    if (jid.is_phone()) return jid.user + "@c.us";
    return jid.bare().to_string();
}

/// Files are named, not brought: they are had through the API.
std::string text_of(Message const& message)
{
    auto const typed = message::parse_body(message.content);
    std::string text;
    if (message.chat.is_group() && !message.from_me && !message.push_name.empty())
        text = "**" + message.push_name + "**\n";
    if (auto const* media = std::get_if<message::Media>(&typed.body))
        text += "[" + media->file.mimetype + "] " + message.id.value + "\n";
    text += message.body;
    while (text.ends_with('\n'))
        text.pop_back();
    if (message.body.empty() && text.empty())
        text = "[" + std::string(message::kind_name(message::kind_of(typed.body))) + "]";
    return text;
}

} // namespace

Task<ChatwootInbox::Reply> ChatwootInbox::call(std::string method, std::string path, std::string body,
                                               bool is_public)
{
    transport::HttpRequest request;
    request.method = std::move(method);
    request.url = app_.url + path;
    request.body = std::move(body);
    request.kept_body_bytes = longest_answer;
    request.headers.emplace_back("Content-Type", "application/json");
    if (!is_public) request.headers.emplace_back("api_access_token", app_.account_token);
    auto asking = client_.request(std::move(request));
    auto answer = co_await std::move(asking);
    Reply reply;
    if (!answer) {
        log::warn("Chatwoot not reached", {{"error", answer.error().message()}});
        co_return reply;
    }
    reply.status = answer->status;
    reply.body = std::move(answer->body);
    if (!is_good(reply.status)) log::warn("Chatwoot refuses", {{"status", reply.status}, {"path", path}});
    co_return reply;
}

Task<std::optional<std::int64_t>> ChatwootInbox::conversation_of(Message const& message,
                                                                 std::string const& source)
{
    if (auto const known = conversations_.find(source); known != conversations_.end())
        co_return known->second;
    auto const contacts = "/public/api/v1/inboxes/" + percent_encode(app_.inbox_identifier) + "/contacts";
    json::object contact;
    contact["source_id"] = source;
    contact["identifier"] = source;
    bool const is_person = message.chat.is_user();
    contact["name"] =
        is_person && !message.from_me && !message.push_name.empty() ? message.push_name : source;
    if (source.ends_with("@c.us")) contact["phone_number"] = "+" + source.substr(0, source.find('@'));
    // Chatwoot finds the contact again by its source id.
    auto making = call("POST", contacts, json::serialize(contact), true);
    auto const made = co_await std::move(making);
    if (!is_good(made.status)) co_return std::nullopt;
    auto const conversations = contacts + "/" + percent_encode(source) + "/conversations";
    auto listing = call("GET", conversations, "", true);
    auto const listed = co_await std::move(listing);
    std::optional<std::int64_t> id;
    auto const known = parsed(listed.body);
    if (is_good(listed.status) && known.is_array()) {
        for (auto const& conversation : known.get_array())
            if (is_open(conversation)) id = id_in(conversation);
    }
    if (!id) {
        auto opening = call("POST", conversations, "{}", true);
        auto const opened = co_await std::move(opening);
        if (is_good(opened.status)) id = id_in(parsed(opened.body));
    }
    if (id) {
        if (conversations_.size() >= most_conversations) conversations_.clear();
        conversations_[source] = *id;
    }
    co_return id;
}

Task<bool> ChatwootInbox::tell(storage::StoredEvent const& event)
{
    auto const* appeared = std::get_if<MessageAppeared>(&event.event.body);
    if (appeared == nullptr) co_return true;
    auto const& message = appeared->message;
    if (message.kind == MessageKind::waiting || message.kind == MessageKind::control) co_return true;
    if (message.from_me && message.origin == MessageOrigin::api) co_return true;
    if (message.chat.is_status()) co_return true;
    auto const source = source_of(message);
    auto finding = conversation_of(message, source);
    auto const conversation = co_await std::move(finding);
    if (!conversation) co_return false;
    json::object body;
    body["content"] = text_of(message);
    std::string path;
    if (message.from_me) {
        path = "/api/v1/accounts/" + std::to_string(app_.account) + "/conversations/" +
               std::to_string(*conversation) + "/messages";
        body["message_type"] = "outgoing";
        body["private"] = false;
        body["source_id"] = std::string(chatwoot_echo_mark) + message.id.value;
    } else {
        path = "/public/api/v1/inboxes/" + percent_encode(app_.inbox_identifier) + "/contacts/" +
               percent_encode(source) + "/conversations/" + std::to_string(*conversation) + "/messages";
        body["echo_id"] = message.id.value;
    }
    auto telling = call("POST", std::move(path), json::serialize(body), !message.from_me);
    auto const told = co_await std::move(telling);
    if (is_good(told.status)) co_return true;
    conversations_.erase(source); // it may be gone
    co_return false;
}

} // namespace wagate::gateway
