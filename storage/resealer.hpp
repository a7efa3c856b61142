#pragma once
// Seals what is under an older key of its tenant anew, in small steps among everybody's jobs, and then
// overwrites the older key.
#include "storage/vault/sealed_tables.hpp"
#include "storage/writer.hpp"

#include <deque>
#include <mutex>
#include <set>

namespace wagate::storage {

class Resealer {
public:
    /// Both must outlive it; the writer must be stopped before it goes.
    explicit Resealer(vault::Vault& vault) noexcept : vault_(vault) {}

    /// Any thread. A tenant that is under way begins anew when its key has changed.
    void add(TenantNumber tenant, Writer& writer);
    /// Goes on when a full disk has stopped it.
    void resume(Writer& writer);
    /// The log of the database holds nothing old any more, and no reader does: forgets replaced keys.
    void on_log_truncated();

private:
    class Step;
    struct Place {
        TenantNumber tenant;
        std::uint32_t version = 0; ///< the key that everything is brought to
        std::size_t table = 0;
        std::vector<vault::KeyPart> after;
        bool is_done = false;
    };

    void start(Writer& writer);
    Place step(sqlite::Database& database, Place place);
    void finished(Place place, Writer& writer, bool is_durable);

    vault::Vault& vault_;
    std::mutex mutex_;
    std::deque<TenantNumber> waiting_;
    bool is_running_ = false;
    std::set<TenantNumber> replaced_; ///< old versions are out of the database, and still in memory
};

} // namespace wagate::storage
