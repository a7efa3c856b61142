#pragma once
// Files in a bucket of an S3-compatible object storage. On one loop that may block for files.
#include "gateway/media/media_folder.hpp"
#include "gateway/media/s3_signing.hpp"
#include "gateway/runtime/task.hpp"
#include "protocol/crypto/crypto.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace wagate::gateway {

struct S3Settings {
    std::string endpoint; ///< `https://host` or `http://host:port`
    std::string bucket;
    S3Credentials credentials;
    bool is_path_style = false; ///< the bucket stands in the path, not in the host's name
    std::string ca_file;        ///< trusted beside the system's authorities
};

/// The address of an object, or of the bucket for an empty key.
std::string s3_url(S3Settings const& settings, std::string_view key);
/// The keys in an answer to ListObjectsV2, as they stand there: keys are made here and need no unescaping.
std::vector<std::string> s3_keys(std::string_view xml);
/// The code in an answer that refuses something, as `NoSuchBucket`; empty when there is none.
std::string s3_error(std::string_view xml);

struct S3Object {
    TempFilePtr file;
    crypto::Key32 sha256{}; ///< of what came
};

/// Every request has a deadline that grows with the bytes it may carry.
/// Errors are permission_denied for what the storage refuses, io_error when it fails, else why it cannot be
/// reached.
class S3Store {
public:
    /// `folder` must outlive it.
    S3Store(S3Settings settings, MediaFolder& folder) : settings_(std::move(settings)), folder_(folder) {}

    /// @param sha256 of the file, hexadecimal; the storage checks it. Empty: not known
    Task<Result<void>> put(std::string key, std::filesystem::path file, std::string sha256);
    /// For a while after the storage failed it is not asked.
    /// @return no_such_file_or_directory when there is no such object, file_too_large,
    ///         resource_unavailable_try_again when it was not asked
    Task<Result<S3Object>> get(std::string key, std::uint64_t max_bytes);
    Task<Result<void>> erase(std::string key);
    /// All objects whose keys begin with `prefix`.
    Task<Result<void>> erase_all(std::string prefix);

private:
    struct Answer {
        unsigned status = 0;
        std::string body; ///< of what is small
    };
    struct Exchange {
        std::string method = "GET";
        std::string key;
        std::map<std::string, std::string> query = {};
        OpenFile* from = nullptr; ///< body of the request
        std::string sha256;       ///< of that body, where it is known
        /// Takes the body of an answer with status 200; empty: it is small.
        std::function<Result<void>(std::string_view)> into = {};
        std::uint64_t bytes = 0; ///< of the larger body, at most
    };
    Task<Result<Answer>> run(Exchange exchange);

    S3Settings settings_;
    MediaFolder& folder_;
    std::chrono::steady_clock::time_point rests_until_{};
};

} // namespace wagate::gateway
