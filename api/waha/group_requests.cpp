#include "api/waha/group_requests.hpp"

#include "api/http/problem.hpp"
#include "gateway/session/chat_ids.hpp"

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Field;

constexpr std::size_t most_participants = 1'024;
constexpr std::string_view invite_prefix = "https://chat.whatsapp.com/";

} // namespace

Field participants_field(std::size_t least)
{
    auto person = Field::object("participant", {{Field::text("id").required().size_between(1, 256)}});
    return Field::list("participants", std::move(person)).required().size_between(least, most_participants);
}

std::vector<Jid> people_in(json::object const& body, std::vector<std::string>& problems)
{
    std::vector<Jid> people;
    auto const* list = http::list_at(body, "participants");
    if (list == nullptr) return people;
    for (std::size_t i = 0; i < list->size(); ++i) {
        auto const id = http::text_at((*list)[i].as_object(), "id").value_or("");
        auto const jid = gateway::parse_chat(id);
        if (jid && jid->is_user())
            people.push_back(*jid);
        else
            problems.push_back("participants." + std::to_string(i) +
                               ".id must be a phone number or a person's id");
    }
    return people;
}

std::optional<Jid> group_of(std::string text)
{
    if (text.find('@') == std::string::npos) text += "@g.us";
    auto const jid = Jid::parse(text);
    if (!jid || !jid->is_group() || jid->user.empty()) return std::nullopt;
    return jid->bare();
}

std::optional<Jid> group_in(http::Call const& call, std::string_view parameter)
{
    return group_of(call.parameter(parameter));
}

http::Response no_group(std::string_view parameter)
{
    return http::invalid_request({std::string(parameter) + " must be the id of a group (…@g.us)"});
}

std::string invite_code_in(std::string text)
{
    if (text.starts_with(invite_prefix)) text.erase(0, invite_prefix.size());
    if (auto const end = text.find_first_of("/?#"); end != std::string::npos) text.resize(end);
    return text;
}

http::Response json_text(std::string body)
{
    http::Response response;
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    response.body = std::move(body);
    return response;
}

} // namespace wagate::waha
