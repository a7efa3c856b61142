#include "storage/store_keys.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "storage/repository/sessions.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/vault/key_table.hpp"
#include "storage/vault/record_sums.hpp"
#include "storage/vault/vault_errc.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::storage {
namespace {

constexpr std::chrono::seconds truncation_patience{10};

Bytes stored_bytes(vault::SealedTable const& table, vault::SealedRow const& row, std::size_t column)
{
    if (!table.sealed[column].is_text) return row.values[column];
    return base64_decode(text_view(row.values[column])).value_or(Bytes{});
}

} // namespace

Result<std::shared_ptr<vault::MasterKey const>> StoreKeys::next_master_key() const
{
    auto const& source = parts_.source;
    if (!source.next_file.empty()) {
        auto key = vault::MasterKey::read(source.next_file);
        if (!key) return VaultErrc::bad_master_key;
        return std::make_shared<vault::MasterKey const>(std::move(*key));
    }
    if (source.given) return VaultErrc::bad_master_key;
    return std::make_shared<vault::MasterKey const>(vault::MasterKey::random());
}

Result<std::string> StoreKeys::rotate_master_key()
{
    std::lock_guard const alone{rotating_};
    WAGATE_TRY(auto const next, next_master_key());
    if (next->id() == master_key_id()) return VaultErrc::same_key;
    // The file comes first and keeps another name until the database is durable: whenever the process is
    // killed, one of the two opens it.
    auto const& source = parts_.source;
    auto const unfinished = vault::unfinished_file(source.file);
    if (!source.given) WAGATE_CHECK_OK(next->write(unfinished));
    std::shared_ptr<vault::MasterKey const> before;
    FunctionJob::Change change;
    change.apply = [&](sqlite::Database& database) -> Result<void> {
        before = vault::key_table::rewrap(database, parts_.vault, next);
        return {};
    };
    change.rolled_back = [&] { parts_.vault.set_master(before); };
    std::error_code failed;
    if (auto const written = parts_.write(std::move(change)); !written) {
        // After a failed commit either key may be the one: both stay.
        if (!source.given && written.error() == StoreErrc::disk_full)
            std::filesystem::remove(unfinished, failed);
        return written.error();
    }
    // When it fails, the next start does it.
    if (!source.given) std::filesystem::rename(unfinished, source.file, failed);
    wait_for_truncation();
    return next->id();
}

Result<void> StoreKeys::rotate_tenant_key(TenantId const& tenant)
{
    auto const number = parts_.directory.tenant(tenant);
    if (!number) return StoreErrc::not_found;
    std::shared_ptr<vault::KeyRing const> before;
    FunctionJob::Change change;
    change.lane = tenant.value;
    change.apply = [&](sqlite::Database& database) -> Result<void> {
        if (!parts_.vault.has_key(*number)) return StoreErrc::not_found;
        before = vault::key_table::add_version(database, parts_.vault, *number);
        return {};
    };
    change.rolled_back = [&] { parts_.vault.set_ring(*number, before); };
    WAGATE_CHECK_OK(parts_.write(std::move(change)));
    resealer_.add(*number, parts_.writer());
    return {};
}

Result<TenantKeyState> StoreKeys::tenant_key_state(TenantId const& tenant)
{
    auto const number = parts_.directory.tenant(tenant);
    if (!number) return StoreErrc::not_found;
    TenantKeyState state;
    auto const versions = parts_.pool.read(
        [&](sqlite::Database& database) { return vault::key_table::versions(database, *number); });
    for (auto const& version : versions)
        state.versions.push_back({version.number, version.created});
    if (state.versions.size() > 1) state.old_records = old_records(*number);
    return state;
}

Result<void> StoreKeys::destroy_tenant_key(TenantId const& tenant)
{
    auto const number = parts_.directory.tenant(tenant);
    if (!number) return {};
    std::shared_ptr<vault::KeyRing const> before;
    FunctionJob::Change change;
    change.lane = tenant.value;
    change.apply = [&](sqlite::Database& database) -> Result<void> {
        vault::key_table::erase(database, *number);
        before = parts_.vault.ring(*number);
        parts_.vault.set_ring(*number, nullptr);
        return {};
    };
    change.rolled_back = [&] { parts_.vault.set_ring(*number, before); };
    WAGATE_CHECK_OK(parts_.write(std::move(change)));
    before.reset();
    wait_for_truncation();
    return {};
}

Result<Secret<Bytes>> StoreKeys::server_secret(std::string const& name, std::size_t size, Bytes adopted)
{
    std::optional<Bytes> value;
    auto const written = parts_.write({.lane = {},
                                       .apply = [&](sqlite::Database& database) -> Result<void> {
                                           value = vault::key_table::secret(database, name);
                                           if (value) return {};
                                           crypto::SystemRandom random;
                                           value = adopted.empty() ? random.bytes(size) : adopted;
                                           vault::key_table::put_secret(database, name, *value);
                                           return {};
                                       },
                                       .rolled_back = {}});
    wipe_value(adopted);
    if (!written) return written.error();
    return Secret<Bytes>{std::move(*value)};
}

template <class Visit>
void StoreKeys::walk(vault::SealedTable const& table, TenantNumber tenant, Visit visit)
{
    // Each step is a read of its own: a long one would keep the write-ahead log from starting anew.
    std::vector<vault::KeyPart> after;
    for (;;) {
        auto const rows = parts_.pool.read(
            [&](sqlite::Database& database) { return vault::read_rows(database, table, after, tenant); });
        for (auto const& row : rows) {
            if (row.tenant() != tenant) return;
            visit(row);
        }
        if (rows.empty()) return;
        after = rows.back().key;
    }
}

std::uint64_t StoreKeys::old_records(TenantNumber tenant)
{
    auto const ring = parts_.vault.ring(tenant);
    if (!ring) return 0;
    std::uint64_t count = 0;
    for (auto const& table : vault::sealed_tables())
        walk(table, tenant, [&](vault::SealedRow const& row) {
            for (std::size_t i = 0; i < row.values.size(); ++i)
                if (vault::version_of(stored_bytes(table, row, i)) != ring->current) {
                    ++count;
                    return;
                }
        });
    return count;
}

std::vector<Damage> StoreKeys::verify()
{
    std::vector<Damage> found;
    auto const sessions =
        parts_.pool.read([](sqlite::Database& database) { return sessions::all(database); });
    for (auto const& session : sessions) {
        ErrorCode error;
        try {
            bool const is_right = parts_.pool.read([&](sqlite::Database& database) {
                return vault::record_sums::verify(database, session.scope);
            });
            if (!is_right) error = VaultErrc::rolled_back;
        } catch (boost::system::system_error const& failure) {
            error = failure.code();
        }
        if (error) found.push_back({session.key, "record", error});
    }
    auto const tenants =
        parts_.pool.read([](sqlite::Database& database) { return sessions::tenants(database); });
    for (auto const& tenant : tenants) {
        for (auto const& table : vault::sealed_tables()) {
            ErrorCode error;
            walk(table, tenant.number, [&](vault::SealedRow const& row) {
                for (std::size_t i = 0; i < row.values.size(); ++i)
                    try {
                        parts_.vault.open(vault::name_of(table, row, i), stored_bytes(table, row, i));
                    } catch (boost::system::system_error const& failure) {
                        error = failure.code();
                    }
            });
            if (error) found.push_back({{tenant.id, {}}, table.name, error});
        }
    }
    return found;
}

void StoreKeys::resume()
{
    auto const tenants =
        parts_.pool.read([](sqlite::Database& database) { return sessions::tenants(database); });
    for (auto const& tenant : tenants)
        if (auto const ring = parts_.vault.ring(tenant.number); ring && ring->keys.size() > 1)
            resealer_.add(tenant.number, parts_.writer());
    resealer_.resume(parts_.writer());
}

bool StoreKeys::wait_for_truncation()
{
    std::unique_lock lock{mutex_};
    auto const before = truncations_;
    parts_.writer().truncate_log();
    return truncated_.wait_for(lock, truncation_patience, [&] { return truncations_ != before; });
}

void StoreKeys::on_log_truncated()
{
    resealer_.on_log_truncated();
    {
        std::lock_guard const lock{mutex_};
        ++truncations_;
    }
    truncated_.notify_all();
}

} // namespace wagate::storage
