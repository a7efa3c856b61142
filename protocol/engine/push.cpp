#include "protocol/engine/push.hpp"

namespace wagate::engine {

using binary::Node;

void Push::server_key(Done<std::optional<std::string>> done)
{
    core_.ask(stanza::push_settings_request(), [done = std::move(done)](Result<Node> reply) {
        if (!reply)
            done(reply.error());
        else
            done(stanza::parse_push_key(*reply));
    });
}

void Push::register_device(stanza::PushTarget target, Done<stanza::PushTarget> done)
{
    auto* apns = std::get_if<stanza::ApnsPush>(&target);
    if (apns != nullptr && apns->message_id_key.empty())
        apns->message_id_key = core_.random.bytes(stanza::ApnsPush::key_size);
    auto request = stanza::push_registration(target);
    core_.ask(std::move(request),
              [target = std::move(target), done = std::move(done)](Result<Node> reply) mutable {
                  if (!reply)
                      done(reply.error());
                  else
                      done(std::move(target));
              });
}

} // namespace wagate::engine
