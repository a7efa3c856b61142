#pragma once
// Where clients find the files of messages: `{base}/api/files/{session}/{messageId}.{ext}` (waha.md 3).
#include "protocol/message/media.hpp"
#include "protocol/model/model.hpp"

#include <memory>

namespace wagate::waha {

class LinkSigner;

/// Of which session, and under which address the API is reached.
struct MediaPlace {
    std::string base_url; ///< scheme, host and port, without a slash at its end: "http://localhost:3000"
    SessionName session;
    TenantId tenant = {};                               ///< for links that need no key
    std::shared_ptr<LinkSigner const> signer = nullptr; ///< without: links need a key
};

/// How the files of any session are linked.
class MediaLinks {
public:
    MediaLinks(std::string base_url, std::shared_ptr<LinkSigner const> signer = nullptr)
        : base_url_(std::move(base_url)), signer_(std::move(signer))
    {}
    MediaPlace of(SessionKey const& session) const
    {
        return {base_url_, session.name, session.tenant, signer_};
    }

private:
    std::string base_url_;
    std::shared_ptr<LinkSigner const> signer_;
};

/// By the file's name when the sender gave one, otherwise by the media type; "bin" when neither tells.
std::string media_extension(message::Media const& media);

/// The name of the message's file in URLs: its full id with the extension.
std::string media_file_name(Message const& message, message::Media const& media);

/// `{base}/api/v1/files/{tenant}/{session}/{file}?exp=…&sig=…` where links need no key.
std::string media_url(MediaPlace const& place, Message const& message, message::Media const& media);

} // namespace wagate::waha
