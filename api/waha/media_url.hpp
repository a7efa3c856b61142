#pragma once
// Where clients find the files of messages: `{base}/api/files/{session}/{messageId}.{ext}` (waha.md 3).
#include "protocol/message/media.hpp"
#include "protocol/model/model.hpp"

namespace wagate::waha {

/// Of which session, and under which address the API is reached.
struct MediaPlace {
    std::string base_url; ///< scheme, host and port, without a slash at its end: "http://localhost:3000"
    SessionName session;
};

/// By the file's name when the sender gave one, otherwise by the media type; "bin" when neither tells.
std::string media_extension(message::Media const& media);

/// The name of the message's file in URLs: its full id with the extension.
std::string media_file_name(Message const& message, message::Media const& media);

std::string media_url(MediaPlace const& place, Message const& message, message::Media const& media);

} // namespace wagate::waha
