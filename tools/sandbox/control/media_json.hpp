#pragma once
// Files and the media servers in the control API.
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/media/media_server.hpp"
#include "tools/sandbox/phone/phone.hpp"

namespace wagate::sandbox {

/// Counts and the faults in force.
json::object media_to_json(MediaServer const& media);
/// Nothing, and why, for unknown names and wrong types.
std::optional<MediaFaults> media_faults_from_json(json::object const& object, std::string& error);
/// `{data, mimetype, kind, filename, caption}`; nothing, and why, when it cannot be sent.
std::optional<OutgoingMedia> media_from_json(json::value const& value, std::string& error);
/// What a message says about its file; nothing for a text.
std::optional<json::object> media_of(ChatMessage const& message);
/// The file itself, or 404.
HttpResponse file_response(Result<Bytes> file);

} // namespace wagate::sandbox
