#pragma once
// The key that wraps all others. It lies apart from the database: in a file, the environment or a systemd
// credential.
#include "protocol/base/result.hpp"
#include "storage/vault/locked_key.hpp"

#include <filesystem>
#include <string>

namespace wagate::storage::vault {

class MasterKey {
public:
    explicit MasterKey(LockedKey key);
    static MasterKey random() { return MasterKey{LockedKey::random()}; }
    /// 32 bytes in base64 or hexadecimal digits, with white space around them.
    /// @return VaultErrc::bad_master_key
    static Result<MasterKey> parse(std::string_view text);
    /// Such a text, or the 32 bytes themselves.
    /// @return VaultErrc::bad_master_key, or why the file cannot be read (errc::no_such_file_or_directory).
    static Result<MasterKey> read(std::filesystem::path const& file);

    /// Tells keys apart without telling anything of them: 16 hexadecimal digits.
    std::string const& id() const noexcept { return id_; }
    LockedKey const& key() const noexcept { return key_; }
    /// Writes a new file, 0600, durable; one that is there is replaced as a whole or not at all.
    Result<void> write(std::filesystem::path const& file) const;

private:
    LockedKey key_;
    std::string id_;
};

} // namespace wagate::storage::vault
