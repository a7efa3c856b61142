#include "storage/vault/key_source.hpp"

#include "storage/vault/vault_errc.hpp"

namespace wagate::storage::vault {
namespace {

using Found = std::shared_ptr<MasterKey const>;

Found read_if_wanted(std::filesystem::path const& file, std::string const& wanted)
{
    if (file.empty()) return nullptr;
    auto key = MasterKey::read(file);
    if (!key || key->id() != wanted) return nullptr;
    return std::make_shared<MasterKey const>(std::move(*key));
}

Result<Found> find_wanted(KeySource const& source, std::string const& wanted)
{
    if (source.given) {
        if (source.given->id() == wanted) return source.given;
        auto next = read_if_wanted(source.next_file, wanted);
        if (!next) return VaultErrc::sealed;
        return next;
    }
    auto const unfinished = unfinished_file(source.file);
    std::error_code ignored;
    if (auto key = read_if_wanted(source.file, wanted)) {
        std::filesystem::remove(unfinished, ignored); // of a rotation that did not get as far as the database
        return key;
    }
    auto key = read_if_wanted(unfinished, wanted);
    if (!key) return VaultErrc::sealed;
    std::filesystem::rename(unfinished, source.file, ignored);
    return key;
}

} // namespace

std::filesystem::path unfinished_file(std::filesystem::path const& file)
{
    auto unfinished = file;
    unfinished += ".new";
    return unfinished;
}

Result<Found> find_key(KeySource const& source, std::optional<std::string> const& wanted)
{
    if (wanted) return find_wanted(source, *wanted);
    if (source.given) return source.given;
    auto key = MasterKey::read(source.file);
    if (!key && key.error() == std::errc::no_such_file_or_directory) return Found{};
    if (!key) return VaultErrc::bad_master_key;
    return std::make_shared<MasterKey const>(std::move(*key));
}

} // namespace wagate::storage::vault
