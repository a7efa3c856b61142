#include "storage/record_cache.hpp"

#include "protocol/base/secret.hpp"

namespace wagate::storage {
namespace {

/// List node, index node and allocator overhead of one entry, rounded up.
constexpr std::size_t entry_overhead_bytes = 224;

} // namespace

std::size_t RecordCache::KeyHash::operator()(KeyView const& key) const noexcept
{
    auto hash = std::hash<std::string_view>{}(key.key);
    for (auto part :
         {static_cast<std::uint64_t>(key.scope.session), static_cast<std::uint64_t>(key.scope.tenant.value),
          static_cast<std::uint64_t>(key.kind)})
        hash = (hash ^ part) * 0x9e3779b97f4a7c15ULL;
    return hash ^ hash >> 32;
}

RecordCache::Entry::~Entry()
{
    if (value) wipe_value(*value);
}

std::size_t RecordCache::Entry::cost_bytes() const noexcept
{
    return entry_overhead_bytes + key.size() + (value ? value->size() : 0);
}

RecordCache::Lookup RecordCache::find(Scope const& scope, RecordKind kind, std::string_view key)
{
    KeyView const wanted{scope, kind, key};
    auto& shard = shard_of(wanted);
    std::lock_guard const lock{shard.mutex};
    auto const found = shard.index.find(wanted);
    if (found == shard.index.end()) return {false, std::nullopt, shard.generation};
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return {true, found->second->value, shard.generation};
}

void RecordCache::fill(Scope const& scope, RecordKind kind, std::string_view key,
                       std::optional<Bytes> const& value, std::uint64_t generation)
{
    KeyView const wanted{scope, kind, key};
    auto& shard = shard_of(wanted);
    std::lock_guard const lock{shard.mutex};
    if (shard.generation == generation) insert(shard, wanted, value);
}

void RecordCache::store(Scope const& scope, RecordKind kind, std::string_view key, std::optional<Bytes> value)
{
    KeyView const wanted{scope, kind, key};
    auto& shard = shard_of(wanted);
    std::lock_guard const lock{shard.mutex};
    ++shard.generation;
    if (shard.index.contains(wanted)) insert(shard, wanted, std::move(value));
}

void RecordCache::drop(Scope const& scope)
{
    for (auto& shard : shards_) {
        std::lock_guard const lock{shard.mutex};
        ++shard.generation;
        for (auto entry = shard.entries.begin(); entry != shard.entries.end();) {
            auto const next = std::next(entry);
            if (entry->scope == scope) erase(shard, entry);
            entry = next;
        }
    }
}

std::size_t RecordCache::bytes() const
{
    std::size_t total = 0;
    for (auto& shard : shards_) {
        std::lock_guard const lock{shard.mutex};
        total += shard.bytes;
    }
    return total;
}

void RecordCache::insert(Shard& shard, KeyView const& key, std::optional<Bytes> value)
{
    if (auto const old = shard.index.find(key); old != shard.index.end()) erase(shard, old->second);
    shard.entries.emplace_front(key, std::move(value));
    auto const entry = shard.entries.begin();
    shard.index.emplace(entry->view(), entry);
    shard.bytes += entry->cost_bytes();
    while (shard.bytes > shard_limit_bytes_ && !shard.entries.empty())
        erase(shard, std::prev(shard.entries.end()));
}

void RecordCache::erase(Shard& shard, std::list<Entry>::iterator entry)
{
    shard.index.erase(entry->view());
    shard.bytes -= entry->cost_bytes();
    shard.entries.erase(entry);
}

} // namespace wagate::storage
