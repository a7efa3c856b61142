#pragma once
// A file on its way to the media servers: encrypted into a file of its own, then sent piece by piece, going
// on where it broke off (protocol.md 8.2, 8.4).
#include "gateway/media/file_source.hpp"
#include "gateway/media/media_servers.hpp"
#include "protocol/media/encryptor.hpp"
#include "protocol/message/media.hpp"

namespace wagate::gateway {

struct SealedFile {
    TempFilePtr file;
    Secret<Bytes> key; ///< empty: the file is not encrypted, as those of channels
    media::EncryptedFile facts;
    bool is_open() const noexcept { return key.reveal().empty(); }
};
/// Blocks; memory is constant. The key is new and for this file only.
Outcome<SealedFile> seal_file(MediaFolder& folder, std::filesystem::path const& plain, media::MediaType type);
/// As it is, for a channel, a catalogue or a profile. Blocks.
Outcome<SealedFile> open_file(TakenFile const& plain);

struct UploadedFile {
    message::MediaFile file; ///< what a message says about it
    std::string handle;      ///< which a channel's stanza names
    // Of a cover photo: what its account names it by.
    std::string picture_id = {};
    std::string picture_token = {};
    std::string picture_time = {};
};

class Uploader {
public:
    Uploader(MediaDirectory& directory, MediaSettings const& settings)
        : directory_(directory), settings_(settings)
    {}

    /// Runs on a loop that may block for files.
    /// @return media_unavailable when no server takes it, or what the session is refused for
    Task<Outcome<UploadedFile>> upload(SessionKey session, SealedFile const& sealed, media::MediaType type);

private:
    enum class Next { host, refresh };
    struct Answer;
    Task<Result<Answer>> post(std::string url, MediaServers const& servers, SealedFile const& sealed,
                              std::uint64_t from, bool with_body);
    /// @return the server's answer, or why to go on elsewhere
    Task<boost::system::result<Answer, Next>> to_host(std::string base, MediaServers const& servers,
                                                      SealedFile const& sealed, media::MediaType type);

    MediaDirectory& directory_;
    MediaSettings const& settings_;
};

} // namespace wagate::gateway
