#pragma once
// A canonical event in the words of an API dialect, ready to be sent. Made by the api folder, carried by this
// one.
#include "gateway/gateway.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace wagate::gateway {

struct RenderedEvent {
    std::string name; ///< "message.any"
    std::string id;   ///< "evt_…", constant for ever; the first of a stored event has that event's id
    std::string body; ///< these exact bytes are signed and sent
};

/// What a consumer wants besides the events of the dialect.
enum class Rendering : std::uint8_t {
    usual,
    with_engine_event, ///< behind all others, so that their places are the same
};

/// One canonical event may give several: an incoming message is `message` and `message.any`. Any thread.
using EventRenderer =
    std::function<std::vector<RenderedEvent>(SessionInfo const&, storage::StoredEvent const&, Rendering)>;

/// The session an event is rendered for; nothing when there is no such session. Called on the session's loop.
using SessionInfoSource = std::function<Task<std::optional<SessionInfo>>(SessionKey)>;

} // namespace wagate::gateway
