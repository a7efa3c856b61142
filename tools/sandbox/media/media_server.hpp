#pragma once
// The simulated media servers: encrypted files by hash, uploads that can go on where they broke off,
// downloads with ranges, and their bad days (protocol.md 8.3 to 8.5). Everything is kept in memory.
#include "protocol/base/random.hpp"
#include "protocol/media/media_conn.hpp"
#include "protocol/media/media_type.hpp"
#include "tools/sandbox/net/http.hpp"

#include <map>
#include <set>

namespace wagate::sandbox {

/// Switched on by the control API; counts go down as they are used.
struct MediaFaults {
    std::uint32_t missing = 0;     ///< so many downloads are answered 404
    std::uint32_t gone = 0;        ///< … 410
    std::uint32_t unavailable = 0; ///< so many requests are answered 503
    std::uint32_t refuse_auth = 0; ///< so many uploads are answered 401
    std::uint32_t corrupt = 0;     ///< in so many downloads one byte is wrong
    std::uint32_t cuts = 0;        ///< so many downloads end after `cut_after` bytes of the body
    std::uint32_t cut_uploads = 0; ///< of so many uploads only `cut_after` bytes are kept, without an answer
    std::uint32_t cut_after = 1000;
    std::uint32_t slow_ms = 0;   ///< pause between two pieces of 64 KiB of a download
    bool lost_by_phones = false; ///< phones do not have the files either
};

class MediaServer {
public:
    explicit MediaServer(RandomSource& random) : random_(random) {}

    /// For media_conn: a token that uploads need.
    std::string new_auth();
    /// `host:port` of the listeners, in the order to be tried.
    std::vector<std::string> hosts;

    /// Requests below /mms/, /newsletter/, /product/, /pps/ and /v/.
    static bool serves(std::string_view path);
    HttpResponse handle(HttpRequest const& request);

    /// What a phone uploads itself, or uploads again. @return the direct path
    std::string put(media::MediaType type, Bytes file);
    /// A new path to a file that was uploaded before, by the hash of what lies here; nothing when it never
    /// was.
    std::optional<std::string> upload_again(ByteView encrypted_sha256);
    Bytes const* find(ByteView encrypted_sha256) const;
    /// Whether a direct path, with or without a query, leads to a file.
    bool has_path(std::string_view direct_path) const;
    /// Whether a picture was uploaded below /pps/ and its upload was answered so.
    bool is_cover(std::string const& id, std::string_view token, std::string_view time) const;
    /// All direct paths given out so far are of no use any more.
    void expire();

    MediaFaults faults;
    struct Counts {
        std::uint64_t uploads = 0;   ///< complete ones
        std::uint64_t downloads = 0; ///< answered with content
        std::uint64_t ranges = 0;    ///< of these, with a part of it
        std::uint64_t resumed = 0;   ///< uploads that went on at an offset
        std::uint64_t deleted = 0;
        std::uint64_t refused = 0;
    };
    Counts const& counts() const noexcept { return counts_; }
    std::size_t files() const noexcept { return files_.size(); }

private:
    struct Upload {
        std::string folder; ///< mms or newsletter
        std::string type;
        std::string token;
    };
    HttpResponse upload(HttpRequest const& request, Upload const& what);
    HttpResponse stored(std::string const& name, std::string_view type);
    HttpResponse download(HttpRequest const& request);
    HttpResponse remove(HttpRequest const& request);
    std::string new_path(std::string const& name);

    RandomSource& random_;
    std::map<std::string, Bytes> files_;       ///< by base64url of the hash, without padding
    std::map<std::string, Bytes> parts_;       ///< unfinished uploads, by the same
    std::map<std::string, std::string> paths_; ///< direct path without query to the file's name
    std::set<std::string> auths_;
    struct Cover {
        std::string token;
        std::string time;
    };
    std::map<std::string, Cover> covers_; ///< by id
    Counts counts_;
};

} // namespace wagate::sandbox
