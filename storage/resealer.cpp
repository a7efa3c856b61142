#include "storage/resealer.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/base/secret.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/vault/key_table.hpp"
#include "storage/vault/record_sums.hpp"

#include <algorithm>
#include <map>

namespace wagate::storage {

class Resealer::Step final : public WriteJob {
public:
    Step(Resealer& owner, Writer& writer, Place place)
        : owner_(owner), writer_(writer), place_(std::move(place)), next_(place_)
    {}

    Result<void> apply(sqlite::Database& database) override
    {
        next_ = owner_.step(database, place_);
        return {};
    }
    void finish(Result<void> outcome) override { owner_.finished(next_, writer_, outcome.has_value()); }
    /// A turn of its lane: others' units go first when there are many.
    std::size_t bytes() const noexcept override { return LaneQueue::turn_bytes; }
    std::string_view lane() const noexcept override { return {}; }
    bool waits_for_space() const noexcept override { return false; }

private:
    Resealer& owner_;
    Writer& writer_;
    Place place_;
    Place next_;
};

void Resealer::add(TenantNumber tenant, Writer& writer)
{
    {
        std::lock_guard const lock{mutex_};
        if (std::find(waiting_.begin(), waiting_.end(), tenant) == waiting_.end()) waiting_.push_back(tenant);
    }
    start(writer);
}

void Resealer::resume(Writer& writer)
{
    start(writer);
}

void Resealer::start(Writer& writer)
{
    Place place;
    {
        std::lock_guard const lock{mutex_};
        if (is_running_ || waiting_.empty()) return;
        is_running_ = true;
        place.tenant = waiting_.front();
    }
    writer.enqueue(std::make_unique<Step>(*this, writer, place));
}

Resealer::Place Resealer::step(sqlite::Database& database, Place place)
{
    auto const ring = vault_.ring(place.tenant);
    if (!ring) {
        place.is_done = true;
        return place;
    }
    if (place.version != ring->current) place = {place.tenant, ring->current, 0, {}, false};
    auto const& tables = vault::sealed_tables();
    if (place.table == tables.size()) {
        vault::key_table::erase_old_versions(database, place.tenant, place.version);
        place.is_done = true;
        return place;
    }
    auto const& table = tables[place.table];
    auto rows = vault::read_rows(database, table, place.after, place.tenant);
    std::erase_if(rows, [&](vault::SealedRow const& row) { return row.tenant() != place.tenant; });
    if (rows.empty()) {
        ++place.table;
        place.after.clear();
        return place;
    }
    std::map<Scope, vault::RecordDelta> deltas;
    for (auto& row : rows) {
        bool is_changed = false;
        for (std::size_t i = 0; i < row.values.size(); ++i) {
            bool const is_text = table.sealed[i].is_text;
            auto const sealed =
                is_text ? base64_decode(text_view(row.values[i])).value_or(Bytes{}) : row.values[i];
            if (vault::version_of(sealed) == place.version) continue;
            auto const name = vault::name_of(table, row, i);
            // What does not open stays as it is: whoever reads it is told.
            auto const version = vault::version_of(sealed);
            if (!version || !ring->keys.contains(*version)) continue;
            auto plain = vault::open_envelope(*ring->keys.at(*version), name.bytes(), sealed);
            if (!plain) continue;
            auto anew = vault_.seal(name, *plain);
            wipe_value(*plain);
            if (table.table == vault::Table::record &&
                vault::record_sums::is_counted(static_cast<RecordKind>(std::get<std::int64_t>(row.key[2])))) {
                auto& delta = deltas[{row.tenant(), std::get<std::int64_t>(row.key[1])}];
                delta.toggle(vault_.fingerprint(name, vault::nonce_of(sealed)));
                delta.toggle(vault_.fingerprint(name, vault::nonce_of(anew)));
            }
            row.values[i] = is_text ? to_bytes(base64_encode(anew)) : std::move(anew);
            is_changed = true;
        }
        if (is_changed) vault::write_row(database, table, row);
    }
    for (auto const& [scope, delta] : deltas)
        vault::record_sums::change(database, scope, delta);
    place.after = rows.back().key;
    return place;
}

void Resealer::finished(Place place, Writer& writer, bool is_durable)
{
    bool is_replaced = false;
    {
        std::lock_guard const lock{mutex_};
        if (!is_durable) { // begins anew: what is done is found done
            is_running_ = false;
            return;
        }
        if (place.is_done) {
            auto const ring = vault_.ring(place.tenant);
            is_replaced = ring && ring->current == place.version;
            if (is_replaced) replaced_.insert(place.tenant);
            if (is_replaced || !ring) std::erase(waiting_, place.tenant);
            is_running_ = false;
        }
    }
    if (is_replaced) writer.truncate_log();
    if (place.is_done)
        start(writer);
    else
        writer.enqueue(std::make_unique<Step>(*this, writer, std::move(place)));
}

void Resealer::on_log_truncated()
{
    std::lock_guard const lock{mutex_};
    for (auto const tenant : replaced_) {
        auto const ring = vault_.ring(tenant);
        if (!ring || std::find(waiting_.begin(), waiting_.end(), tenant) != waiting_.end()) continue;
        auto trimmed = std::make_shared<vault::KeyRing>();
        trimmed->current = ring->current;
        trimmed->keys.emplace(ring->current, ring->keys.at(ring->current));
        vault_.set_ring(tenant, std::move(trimmed));
    }
    replaced_.clear();
}

} // namespace wagate::storage
