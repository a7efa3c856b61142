#pragma once
// A tar.gz that is written piece by piece: entries go in with their size known, compressed bytes come out.
#include "protocol/base/bytes.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace wagate::v1 {

/// Keeps what zlib keeps, about 300 KiB, and nothing of the entries.
class Archive {
public:
    /// @param unix_seconds the time that all entries bear
    explicit Archive(std::int64_t unix_seconds);
    ~Archive();

    /// Begins an entry; exactly `bytes` of content must follow. Names have at most 255 bytes, in folders of
    /// at most 155.
    /// @return what is to be sent, may be empty; so too below
    std::string begin(std::string_view name, std::uint64_t bytes);
    std::string add(std::string_view content);
    std::string end_entry();
    std::string finish();

private:
    struct Stream;
    std::string squeeze(std::string_view bytes, bool is_last);

    std::unique_ptr<Stream> stream_;
    std::int64_t const time_;
    std::uint64_t entry_bytes_ = 0;
};

} // namespace wagate::v1
