#pragma once
// A file on its way from the media servers: decrypted and verified while it comes, going on where it broke
// off, asked from the phone when the servers no longer have it (protocol.md 8.5, 8.6).
#include "gateway/media/media_folder.hpp"
#include "gateway/media/media_servers.hpp"
#include "protocol/media/decryptor.hpp"
#include "protocol/media/retry.hpp"
#include "protocol/message/media.hpp"

namespace wagate::gateway {

struct WantedFile {
    message::MediaFile file;
    media::MediaType type = media::MediaType::document;
    /// Whom to name when the phone is asked; nothing: it cannot be.
    std::optional<media::RetrySubject> subject;
    std::uint64_t max_bytes = 0;
    bool is_open = false; ///< not encrypted, as the files of channels
};

class Downloader {
public:
    Downloader(Gateway& gateway, MediaDirectory& directory, MediaFolder& folder,
               MediaSettings const& settings)
        : gateway_(gateway), directory_(directory), folder_(folder), settings_(settings)
    {}

    /// The whole file, verified. Runs on a loop that may block for files.
    /// @return media_unavailable with the reason, storage_full
    Task<Outcome<TempFilePtr>> download(SessionKey session, WantedFile wanted);

private:
    struct Attempt;
    enum class Ending { done, broken, gone, wrong, refused, disk };
    struct Ended {
        Ending ending = Ending::broken;
        ErrorCode error;
        TempFilePtr file;
    };
    Task<Ended> from_servers(SessionKey session, WantedFile const& wanted);
    Task<Ended> from_host(std::string base, std::string path, std::optional<transport::Proxy> proxy,
                          WantedFile const& wanted);
    Task<Outcome<std::string>> ask_phone(SessionKey session, WantedFile const& wanted);

    Gateway& gateway_;
    MediaDirectory& directory_;
    MediaFolder& folder_;
    MediaSettings const& settings_;
};

} // namespace wagate::gateway
