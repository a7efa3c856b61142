#pragma once
// Where media are uploaded and downloaded (protocol.md 8.3), and asking the phone for media that are gone
// (8.6).
#include "protocol/engine/directory.hpp"
#include "protocol/media/media_conn.hpp"
#include "protocol/media/retry.hpp"

namespace wagate::engine {

/// All `done` run exactly once, on the session's thread: now, or when the answer, the limit or the end of the
/// connection comes.
class MediaHosts {
public:
    /// Files that the phone may be asked for at the same time.
    static constexpr std::size_t max_retries = 256;
    /// How long the phone may take: it has to upload the file.
    static constexpr Milliseconds retry_limit = std::chrono::seconds{45};

    MediaHosts(Core& core, Directory& directory);

    using HostsDone = std::function<void(Result<media::MediaConnection>)>;
    /// Kept as long as the server said. Questions that are asked meanwhile share one request.
    void find(HostsDone done);
    /// What find() gives next is asked for anew: a media server did not accept its token.
    void forget_hosts() { kept_.reset(); }

    using PathDone = std::function<void(Result<std::string>)>;
    /// Asks the phone to upload a file again. @return the new direct path; server_error(404) when the phone
    /// does not have it either, EngineErrc::timed_out when the phone is away, or an error of open_media_retry
    void ask_again(media::RetrySubject const& subject, Bytes media_key, PathDone done);

private:
    struct Kept {
        media::MediaConnection hosts;
        MonotonicTime until{};
    };
    struct Retry {
        Bytes media_key;
        std::vector<PathDone> done;
        Core::TimerId timer = 0;
    };
    void on_hosts(Result<binary::Node> const& reply);
    void on_retry(binary::Node const& notification);
    void finish(std::string const& id, Result<std::string> const& answer);
    void fail_all(ErrorCode reason);

    Core& core_;
    std::optional<Kept> kept_;
    std::vector<HostsDone> asking_;
    std::map<std::string, Retry> retries_; ///< by message id
};

} // namespace wagate::engine
