#pragma once
// Canonical events as webhook and WebSocket envelopes (waha.md 2).
#include "api/waha/identity.hpp"
#include "gateway/events/rendered_event.hpp"

namespace wagate::waha {

struct RenderedEvent {
    std::string name; ///< `message.any`
    std::string id;   ///< `evt_…`, constant for ever
    std::string body; ///< stable JSON: these exact bytes are signed and sent
};

/// One canonical event gives up to two: an incoming message is `message` and `message.any`; an own one only
/// the latter; one that cannot be read yet is `message.waiting`; joining and leaving a group have a
/// deprecated name too. The first has the id of the stored event. Labels of single messages give none.
/// @param rendering with `engine.event`: every canonical event by its own name, messages with their bytes
std::vector<RenderedEvent> render_event(storage::StoredEvent const& event,
                                        gateway::SessionInfo const& session, Identity const& identity,
                                        gateway::Rendering rendering = gateway::Rendering::usual);

/// The id of the second envelope made from one stored event: differs from it in one random character of the
/// ULID, so it is constant, unique and sorts by the same time.
std::string second_event_id(std::string_view id);
/// The same of its `engine.event`, by the bit behind that one.
std::string engine_event_id(std::string_view id);

} // namespace wagate::waha
