#pragma once
// The key set that tokens are checked with: read at start, and again when its file has changed.
#include "api/v1/stored_keys.hpp"

#include <filesystem>

namespace wagate {

/// One thread at a time. A file that cannot be read or used leaves the keys as they were, and is told.
class TokenKeys {
public:
    TokenKeys(std::filesystem::path file, http::JwtSettings settings, v1::StoredKeys& keys)
        : file_(std::move(file)), settings_(std::move(settings)), keys_(keys)
    {}

    /// Blocks. @return why not; empty when there is nothing new, or it is in force
    std::string refresh();
    bool is_used() const noexcept { return !file_.empty(); }

private:
    std::filesystem::path file_;
    http::JwtSettings settings_;
    v1::StoredKeys& keys_;
    std::string text_; ///< in force, or refused
};

} // namespace wagate
