#pragma once
// Files in both directions, as the API may ask for them. Calls come from any event loop and run on a loop of
// their own: no file, cipher or transfer ever holds up a session. Every call names the tenant; a file of
// another tenant is never found (S1).
#include "gateway/gateway.hpp"
#include "protocol/media/media_type.hpp"

#include <filesystem>

namespace wagate::gateway {

/// A file that a user gives: by URL, or as base64 text. Exactly one of the two is not empty.
struct FileSource {
    std::string url;
    std::string base64;
    std::string mimetype;  ///< empty: what the server of the URL says
    std::string file_name; ///< shown to receivers of documents
};

/// What a file becomes when it is sent.
struct MediaDraft {
    message::MediaKind kind = message::MediaKind::document;
    FileSource source;
    std::string caption;
    std::optional<std::string> reply_to; ///< full or bare id
    std::vector<std::string> mentions;   ///< as the client wrote them
    bool convert = false;                ///< voice and video: into what apps play
    bool view_once = false;
};

/// A file on this machine, whole and verified. It stays at least for the lifetime that is configured.
struct LocalFile {
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::string mimetype;
    std::string file_name;              ///< as the sender named it; may be empty, may be any text
    std::string etag;                   ///< of its content, with quotation marks
    std::shared_ptr<void const> keeper; ///< for files that go when nobody holds them
};

enum class Conversion : std::uint8_t {
    voice, ///< OGG with Opus, mono
    video, ///< MP4 with H.264 and AAC
};

class MediaFiles {
public:
    virtual ~MediaFiles() = default;

    /// Uploads the file and sends the message. A repeat of the request's key uploads nothing.
    /// @param request without `compose`
    virtual Task<Outcome<SentMessage>> send(SessionKey session, SendRequest request, MediaDraft draft) = 0;
    /// The file of a message, downloaded first when it is not here.
    /// @param id full or bare @return not_found, or media_unavailable with the reason
    virtual Task<Outcome<LocalFile>> fetch(SessionKey session, std::string id) = 0;
    virtual Task<Outcome<LocalFile>> convert(TenantId tenant, FileSource source, Conversion into) = 0;
    /// At most `bytes` of the file from `offset`.
    virtual Task<Result<std::string>> read(LocalFile file, std::uint64_t offset, std::size_t bytes) = 0;
    /// What is encrypted on the media servers without a message of its own: history, app state.
    /// @return media_unavailable; too large counts as such
    virtual Task<Outcome<Bytes>> fetch_blob(SessionKey session, message::MediaFile file,
                                            media::MediaType type, std::size_t max_bytes) = 0;
};

} // namespace wagate::gateway
