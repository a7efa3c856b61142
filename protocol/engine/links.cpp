#include "protocol/engine/links.hpp"

#include "protocol/engine/server_error.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int not_found = 404;
constexpr int gone = 410;

} // namespace

void Links::own_contact(bool revoke, Done<std::string> done)
{
    core_.ask(stanza::contact_link_request(revoke), [done = std::move(done)](Result<Node> reply) {
        if (!reply) {
            done(reply.error());
            return;
        }
        auto code = stanza::parse_contact_link(*reply);
        if (code)
            done(std::move(*code));
        else
            done(make_error_code(EngineErrc::refused));
    });
}

template <class Target>
void Links::resolve(std::string const& code, std::optional<Target> (*parse)(Node const&),
                    Done<std::optional<Target>> done)
{
    core_.ask(stanza::link_request(code), [parse, done = std::move(done)](Result<Node> reply) {
        if (reply) {
            done(parse(*reply));
            return;
        }
        auto const refusal = server_code(reply.error());
        if (refusal == not_found || refusal == gone)
            done(std::optional<Target>{});
        else
            done(reply.error());
    });
}

void Links::contact(std::string const& code, Done<std::optional<stanza::ContactLinkTarget>> done)
{
    resolve(code, &stanza::parse_contact_target, std::move(done));
}

void Links::message(std::string const& code, Done<std::optional<stanza::MessageLinkTarget>> done)
{
    resolve(code, &stanza::parse_message_target, std::move(done));
}

void Links::create_call(stanza::CallMedia media, std::optional<WallTime> starts, Done<std::string> done)
{
    core_.ask(stanza::call_link_request(media, starts), [done = std::move(done)](Result<Node> ack) {
        if (!ack) {
            done(ack.error());
            return;
        }
        auto created = stanza::parse_call_link(*ack);
        if (created.error != 0)
            done(server_error(created.error));
        else
            done(std::move(created.token));
    });
}

} // namespace wagate::engine
