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
    std::optional<std::uint32_t> background = {}; ///< ARGB, of a voice message in a status
    /// The file is a picture, and stands above these.
    std::optional<message::Interactive> buttons = {};
    /// The file is a picture of this; without its image.
    std::optional<message::Product> product = {};
};

/// A picture as a profile or a preview shows it.
struct PictureFit {
    unsigned side = 640;           ///< pixels at most; smaller ones stay as they are
    bool square = true;            ///< cut to a square around its middle
    std::string name = "file.url"; ///< of the field with the address, in messages
};

/// A picture that lies open on the media servers, for everybody who has its address.
struct OpenPicture {
    std::string url;
    // What the account's profile names a cover photo by; else empty.
    std::string id;
    std::string token;
    std::string time;
};

/// A text with a link, and what is shown of where it leads.
struct LinkDraft {
    std::string text;
    std::vector<std::string> mentions;   ///< as the client wrote them, or "all"
    std::optional<std::string> reply_to; ///< full or bare id
    message::LinkPreview preview;        ///< its `url` stands in the text
    /// Ask the page for everything else of the preview. A page that does not answer in time gives none: the
    /// text is sent all the same.
    bool is_read = true;
    FileSource image;          ///< when it is not read; may be empty
    bool high_quality = false; ///< a large picture as well, as a file of its own
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

/// Rejection::server_code of media_unavailable, where more is known than that the file could not be had.
inline constexpr int media_gone = 404; ///< neither the servers nor the phone, where it was asked, have it
inline constexpr int media_too_large = 413;
inline constexpr int media_damaged = 422;
inline constexpr int media_elsewhere = 503; ///< not to be had but from where it is kept, which fails now

class MediaFiles {
public:
    virtual ~MediaFiles() = default;

    /// Uploads the file and sends the message. A repeat of the request's key uploads nothing.
    /// @param request without `compose`
    virtual Task<Outcome<SentMessage>> send(SessionKey session, SendRequest request, MediaDraft draft) = 0;
    /// @param request without `compose`
    virtual Task<Outcome<SentMessage>> send_link(SessionKey session, SendRequest request,
                                                 LinkDraft draft) = 0;
    /// Pictures and videos that belong together: all are uploaded before the first is sent. A repeat of the
    /// request's key sends what is missing.
    /// @param request without `compose`; its `id` is the announcement's
    /// @return the announcement and each item
    virtual Task<Outcome<std::vector<SentMessage>>> send_album(SessionKey session, SendRequest request,
                                                               std::vector<MediaDraft> items) = 0;
    /// A JPEG made of any picture. @return invalid_request, not_possible when it is no picture
    virtual Task<Outcome<Bytes>> picture(TenantId tenant, FileSource source, PictureFit fit) = 0;
    /// The same, put on the media servers for what is no message.
    /// @param type product_image or cover_photo @return also media_unavailable, as the session is refused for
    virtual Task<Outcome<OpenPicture>> upload_picture(SessionKey session, FileSource source, PictureFit fit,
                                                      media::MediaType type) = 0;
    /// The file of a message, downloaded first when it is not here.
    /// @param id full or bare @return not_found, or media_unavailable with the reason
    virtual Task<Outcome<LocalFile>> fetch(SessionKey session, std::string id) = 0;
    /// The same for a message that need not be stored, as those of channels that are not followed; fetch()
    /// finds it for a while.
    virtual Task<Outcome<LocalFile>> fetch_of(SessionKey session, Message message) = 0;
    virtual Task<Outcome<LocalFile>> convert(TenantId tenant, FileSource source, Conversion into) = 0;
    /// At most `bytes` of the file from `offset`.
    virtual Task<Result<std::string>> read(LocalFile file, std::uint64_t offset, std::size_t bytes) = 0;
    /// What is encrypted on the media servers without a message of its own: history, app state.
    /// @return media_unavailable; too large counts as such
    virtual Task<Outcome<Bytes>> fetch_blob(SessionKey session, message::MediaFile file,
                                            media::MediaType type, std::size_t max_bytes) = 0;
};

} // namespace wagate::gateway
