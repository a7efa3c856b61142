// Presence, calls, profile, people and passkeys: what is asked for, and what is refused before anybody is
// asked.
#include "tests/unit/api/fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::Api;

namespace {

struct Operation {
    std::string method, target, body;
};

std::ostream& operator<<(std::ostream& out, Operation const& operation)
{
    return out << operation.method << ' ' << operation.target << ' ' << operation.body;
}

std::string const assertion =
    R"({"id":"x","rawId":"AQI","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}})";

std::string const web_push =
    R"({"platform":"web","endpoint":"https://push.example.com/1","auth":"AAECAwQFBgcICQoLDA0ODw==",)"
    R"("p256dh":"BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"})";

} // namespace

TEST_CASE("what concerns the account asks the session of the caller's tenant", "[api][account]")
{
    auto const operation = GENERATE(values<Operation>({
        {"POST", "/api/shop/presence", R"({"presence":"online"})"},
        {"POST", "/api/shop/presence", R"({"presence":"typing","chatId":"4915112345678"})"},
        {"GET", "/api/shop/presence", ""},
        {"GET", "/api/shop/presence/4915112345678@c.us", ""},
        {"POST", "/api/shop/presence/4915112345678/subscribe", ""},
        {"POST", "/api/startTyping", R"({"session":"shop","chatId":"120363000000000001@g.us"})"},
        {"POST", "/api/stopTyping", R"({"session":"shop","chatId":"4915112345678"})"},
        {"POST", "/api/shop/calls/reject", R"({"from":"4915112345678@c.us","id":"CALL"})"},
        {"GET", "/api/shop/profile", ""},
        {"PUT", "/api/shop/profile/name", R"({"name":"Shop"})"},
        {"PUT", "/api/shop/profile/status", R"({"status":""})"},
        {"PUT", "/api/shop/profile/picture", R"({"file":{"data":"/9j/4A=="}})"},
        {"PUT", "/api/shop/profile/picture", R"({"file":{"url":"https://example.com/1.jpg"}})"},
        {"DELETE", "/api/shop/profile/picture", ""},
        {"GET", "/api/shop/groups/120363000000000001@g.us/picture?refresh=true", ""},
        {"PUT", "/api/shop/groups/120363000000000001@g.us/picture", R"({"file":{"data":"/9j/4A=="}})"},
        {"DELETE", "/api/shop/groups/120363000000000001@g.us/picture", ""},
        {"PUT", "/api/v1/shop/chats/120363000000000001@g.us/timer", R"({"seconds":86400})"},
        {"GET", "/api/contacts/check-exists?session=shop&phone=%2B49%20151%2012345678", ""},
        {"GET", "/api/checkNumberStatus?session=shop&phone=4915112345678", ""},
        {"GET", "/api/contacts/about?session=shop&contactId=77@lid", ""},
        {"GET", "/api/contacts/profile-picture?session=shop&contactId=4915112345678&refresh=true", ""},
        {"GET", "/api/shop/chats/120363000000000001@g.us/picture", ""},
        {"POST", "/api/contacts/block", R"({"session":"shop","contactId":"4915112345678@c.us"})"},
        {"POST", "/api/contacts/unblock", R"({"session":"shop","contactId":"4915112345678@c.us"})"},
        {"GET", "/api/v1/shop/privacy", ""},
        {"PUT", "/api/v1/shop/privacy", R"({"name":"last","value":"none"})"},
        {"PUT", "/api/v1/shop/default-expiration", R"({"seconds":86400})"},
        {"GET", "/api/v1/shop/blocklist", ""},
        {"GET", "/api/v1/shop/contacts/4915112345678/business", ""},
        {"GET", "/api/v1/shop/contact-link", ""},
        {"POST", "/api/v1/shop/contact-link", ""},
        {"GET", "/api/v1/shop/contact-links/4ATXS6OFLXNOB1", ""},
        {"GET", "/api/v1/shop/contact-links/https%3A%2F%2Fwa.me%2Fqr%2F4ATXS6OFLXNOB1", ""},
        {"GET", "/api/v1/shop/message-links/MUM7H6LDUTY5M1", ""},
        {"GET", "/api/v1/shop/message-links/https%3A%2F%2Fapi.whatsapp.com%2Fmessage%2FMUM7H6LDUTY5M1%3Fa=1",
         ""},
        {"POST", "/api/v1/shop/call-links", ""},
        {"POST", "/api/v1/shop/call-links", R"({"media":"audio","startTime":1790000000})"},
        {"GET", "/api/v1/shop/bots", ""},
        {"GET", "/api/v1/shop/bots/profiles", ""},
        {"GET", "/api/v1/shop/bots/profiles?ids=13135550002@c.us,718584497008509@bot", ""},
        {"GET", "/api/v1/shop/push", ""},
        {"PUT", "/api/v1/shop/push", web_push},
        {"PUT", "/api/v1/shop/push", R"({"platform":"fcm","token":"T"})"},
        {"PUT", "/api/v1/shop/push", R"({"platform":"apns","token":"T","voipToken":"V"})"},
        {"GET", "/api/v1/shop/contacts/4915112345678/info", ""},
        {"POST", "/api/v1/shop/contacts/info", R"({"contactIds":["4915112345678","77@lid"]})"},
        {"DELETE", "/api/v1/shop/contacts/4915112345678", ""},
        {"GET", "/api/v1/shop/time-lock", ""},
        {"GET", "/api/v1/shop/new-chats", ""},
        {"GET", "/api/v1/shop/channels/120363000000000001@newsletter/messages?before=101", ""},
        {"PUT", "/api/v1/shop/chats/4915112345678/pin", R"({"pinned":true})"},
        {"PUT", "/api/v1/shop/chats/120363000000000001@g.us/mute", R"({"muted":true,"until":1900000000})"},
        {"PUT", "/api/v1/shop/chats/4915112345678/read", R"({"read":true})"},
        {"POST", "/api/v1/shop/chats/4915112345678/messages/3EB0/delete-for-me", ""},
        {"GET", "/api/v1/shop/chats/4915112345678/messages/3EB0/labels", ""},
        {"PUT", "/api/v1/shop/chats/4915112345678/messages/3EB0/labels", R"({"labels":[{"id":"1"}]})"},
        {"GET", "/api/shop/auth/passkey/challenge", ""},
        {"POST", "/api/shop/auth/passkey", assertion},
        {"GET", "/api/shop/auth/passkey/confirmation", ""},
        {"POST", "/api/shop/auth/passkey/confirm", ""},
    }));
    CAPTURE(operation);
    Api api;
    api.gateway.refuses_questions = true;
    api.add_session("other", "shop");
    auto const unknown = api.call(operation.method, operation.target, operation.body);
    CHECK(unknown.status == 422);
    CHECK(unknown.body == R"({"error":"Session \"shop\" does not exist","session":"shop"})");
    api.add_session("acme", "shop");
    CHECK(api.call(operation.method, operation.target, operation.body).status == 422);
    CHECK(api.gateway.calls == std::vector<std::string>(2, "ask acme/shop"));
}

TEST_CASE("what cannot be meant is refused without asking", "[api][account]")
{
    auto const operation = GENERATE(values<Operation>({
        {"POST", "/api/shop/presence", "{}"},
        {"POST", "/api/shop/presence", R"({"presence":"asleep"})"},
        {"POST", "/api/shop/presence", R"({"presence":"typing"})"},
        {"GET", "/api/shop/presence/nobody", ""},
        {"POST", "/api/shop/presence/nobody/subscribe", ""},
        {"POST", "/api/startTyping", R"({"session":"shop"})"},
        {"POST", "/api/stopTyping", R"({"session":"shop","chatId":"nobody"})"},
        {"POST", "/api/shop/calls/reject", R"({"from":"4915112345678@c.us"})"},
        {"POST", "/api/shop/calls/reject", R"({"from":"120363000000000001@g.us","id":"CALL"})"},
        {"PUT", "/api/shop/profile/name", R"({"name":""})"},
        {"PUT", "/api/shop/profile/status", "{}"},
        {"PUT", "/api/shop/profile/picture", "{}"},
        {"PUT", "/api/shop/profile/picture", R"({"file":{"data":"?"}})"},
        {"PUT", "/api/shop/profile/picture", R"({"file":{"data":"/9j/","url":"https://example.com/1.jpg"}})"},
        {"PUT", "/api/shop/groups/4915112345678@c.us/picture", R"({"file":{"data":"/9j/4A=="}})"},
        {"DELETE", "/api/shop/groups/nobody@c.us/picture", ""},
        {"GET", "/api/shop/groups/120363000000000001@g.us/picture?refresh=maybe", ""},
        {"PUT", "/api/v1/shop/chats/120363000000000001@g.us/timer", R"({"seconds":-1})"},
        {"PUT", "/api/v1/shop/chats/120363000000000001@g.us/timer", "{}"},
        {"PUT", "/api/v1/shop/chats/nobody/pin", R"({"pinned":true})"},
        {"PUT", "/api/v1/shop/chats/4915112345678/pin", "{}"},
        {"PUT", "/api/v1/shop/chats/4915112345678/mute", R"({"muted":false,"until":1900000000})"},
        {"PUT", "/api/v1/shop/chats/4915112345678/mute", R"({"muted":true,"until":0})"},
        {"PUT", "/api/v1/shop/chats/4915112345678/read", R"({"read":"yes"})"},
        {"POST", "/api/v1/shop/chats/nobody/messages/3EB0/delete-for-me", ""},
        {"PUT", "/api/v1/shop/chats/4915112345678/messages/3EB0/labels", R"({"labels":[{}]})"},
        {"DELETE", "/api/v1/shop/contacts/120363000000000001@g.us", ""},
        {"GET", "/api/v1/shop/contacts/nobody/info", ""},
        {"POST", "/api/v1/shop/contacts/info", R"({"contactIds":["nobody"]})"},
        {"POST", "/api/v1/shop/contacts/info", R"({"contactIds":[]})"},
        {"GET", "/api/v1/shop/channels/120363000000000001@newsletter/messages?before=0", ""},
        {"PUT", "/api/v1/shop/chats/120363000000000001@newsletter/timer", R"({"seconds":0})"},
        {"GET", "/api/contacts/check-exists?session=shop", ""},
        {"GET", "/api/contacts/check-exists?session=shop&phone=77@lid", ""},
        {"GET", "/api/contacts/about?session=shop&contactId=120363000000000001@g.us", ""},
        {"GET", "/api/contacts/profile-picture?session=shop&contactId=4915112345678&refresh=maybe", ""},
        {"POST", "/api/contacts/block", R"({"session":"shop"})"},
        {"PUT", "/api/v1/shop/privacy", R"({"name":"last"})"},
        {"PUT", "/api/v1/shop/default-expiration", R"({"seconds":-1})"},
        {"GET", "/api/v1/shop/contacts/nobody/business", ""},
        {"GET", "/api/v1/shop/contact-links/not%20a%20code", ""},
        {"GET", "/api/v1/shop/contact-links/https%3A%2F%2Fwa.me%2Fmessage%2FMUM7H6LDUTY5M1", ""},
        {"GET", "/api/v1/shop/message-links/https%3A%2F%2Fwa.me%2Fmessage%2F", ""},
        {"POST", "/api/v1/shop/call-links", R"({"media":"text"})"},
        {"POST", "/api/v1/shop/call-links", R"({"startTime":0})"},
        {"GET", "/api/v1/shop/bots/profiles?ids=4915112345678", ""},
        {"GET", "/api/v1/shop/bots/profiles?ids=13135550002@c.us,,", ""},
        {"PUT", "/api/v1/shop/push", "{}"},
        {"PUT", "/api/v1/shop/push", R"({"platform":"pigeon"})"},
        {"PUT", "/api/v1/shop/push", R"({"platform":"fcm"})"},
        {"PUT", "/api/v1/shop/push", R"({"platform":"fcm","token":"T","voipToken":"V"})"},
        {"PUT", "/api/v1/shop/push", R"({"platform":"apns","token":"T","messageIdKey":"AAAA"})"},
        {"PUT", "/api/v1/shop/push", R"({"platform":"web","endpoint":"https://push.example.com/1"})"},
        {"PUT", "/api/v1/shop/push",
         R"({"platform":"web","endpoint":"http://push.example.com/1","auth":"?"})"},
        {"POST", "/api/shop/auth/passkey", "{}"},
        {"POST", "/api/shop/auth/passkey",
         R"({"id":"x","rawId":"?","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}})"},
    }));
    CAPTURE(operation);
    Api api;
    api.add_session("acme", "shop");
    CHECK(api.call(operation.method, operation.target, operation.body).status == 400);
    CHECK(api.gateway.calls.empty());
}
