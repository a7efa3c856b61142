#pragma once
// The keys of a SQLite store.
#include "storage/directory.hpp"
#include "storage/function_job.hpp"
#include "storage/key_desk.hpp"
#include "storage/reader_pool.hpp"
#include "storage/resealer.hpp"
#include "storage/vault/key_source.hpp"

#include <condition_variable>

namespace wagate::storage {

class StoreKeys final : public KeyDesk {
public:
    /// What it works with; outlives it.
    struct Parts {
        vault::Vault& vault;
        vault::KeySource const& source;
        Directory const& directory;
        ReaderPool& pool;
        std::function<Writer&()> writer;
        std::function<Result<void>(FunctionJob::Change)> write;
    };
    explicit StoreKeys(Parts parts) : parts_(std::move(parts)), resealer_(parts_.vault) {}

    ByteArray<32> keyed_hash(ByteArray<32> const& hash) const override
    {
        return parts_.vault.keyed_hash(hash);
    }
    std::string master_key_id() const override { return parts_.vault.master()->id(); }
    Result<std::string> rotate_master_key() override;
    Result<void> rotate_tenant_key(TenantId const& tenant) override;
    Result<TenantKeyState> tenant_key_state(TenantId const& tenant) override;
    Result<void> destroy_tenant_key(TenantId const& tenant) override;
    Result<Secret<Bytes>> server_secret(std::string const& name, std::size_t size, Bytes adopted) override;
    std::vector<Damage> verify() override;

    /// Ends what a kill has interrupted. Once, when the writer runs.
    void resume();
    /// Of the writer, on its thread.
    void on_log_truncated();
    /// Until nothing old is in the log. @return false: not within some seconds; it is done later then
    bool wait_for_truncation();

private:
    Result<std::shared_ptr<vault::MasterKey const>> next_master_key() const;
    std::uint64_t old_records(TenantNumber tenant);
    template <class Visit>
    void walk(vault::SealedTable const& table, TenantNumber tenant, Visit visit);

    Parts parts_;
    Resealer resealer_;
    std::mutex rotating_; ///< one rotation of the master key at a time
    std::mutex mutex_;
    std::condition_variable truncated_;
    std::uint64_t truncations_ = 0;
};

} // namespace wagate::storage
