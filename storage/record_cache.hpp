#pragma once
// The records that were read last, of all sessions, bounded in bytes. Absence is remembered too.
#include "protocol/base/records.hpp"
#include "storage/repository/scope.hpp"

#include <array>
#include <list>
#include <mutex>
#include <unordered_map>

namespace wagate::storage {

/// Any thread. Coherent with the database: a reader that missed hands the generation of its miss back to
/// `fill`, which is refused when the writer changed the shard meanwhile, so no old value survives a commit.
class RecordCache {
public:
    explicit RecordCache(std::size_t limit_bytes) noexcept : shard_limit_bytes_(limit_bytes / shard_count) {}

    struct Lookup {
        bool is_hit = false;
        std::optional<Bytes> value;   ///< on a hit: nothing when the record does not exist
        std::uint64_t generation = 0; ///< on a miss: for `fill`
    };
    Lookup find(Scope const& scope, RecordKind kind, std::string_view key);
    /// Offers what a reader found in the database after its miss.
    void fill(Scope const& scope, RecordKind kind, std::string_view key, std::optional<Bytes> const& value,
              std::uint64_t generation);
    /// Takes a committed value for a record that was read before; others are not kept, since most of what is
    /// written (hundreds of prekeys after pairing) is not read soon. Called by the writer after COMMIT,
    /// before anybody is told.
    void store(Scope const& scope, RecordKind kind, std::string_view key, std::optional<Bytes> value);
    /// Forgets all records of a session. Called by the writer like `store`.
    void drop(Scope const& scope);

    std::size_t bytes() const;

private:
    static constexpr std::size_t shard_count = 16;
    struct KeyView {
        Scope scope;
        RecordKind kind;
        std::string_view key;
        bool operator==(KeyView const&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(KeyView const& key) const noexcept;
    };
    struct Entry {
        Scope scope;
        RecordKind kind;
        std::string key;
        std::optional<Bytes> value;

        Entry(KeyView const& at, std::optional<Bytes> content)
            : scope(at.scope), kind(at.kind), key(at.key), value(std::move(content))
        {}
        Entry(Entry const&) = delete;
        Entry& operator=(Entry const&) = delete;
        ~Entry();
        KeyView view() const noexcept { return {scope, kind, key}; }
        std::size_t cost_bytes() const noexcept;
    };
    /// Newest first; the index refers into the entries.
    struct Shard {
        std::mutex mutex;
        std::list<Entry> entries;
        std::unordered_map<KeyView, std::list<Entry>::iterator, KeyHash> index;
        std::size_t bytes = 0;
        std::uint64_t generation = 0;
    };

    Shard& shard_of(KeyView const& key) noexcept { return shards_[KeyHash{}(key) % shard_count]; }
    void insert(Shard& shard, KeyView const& key, std::optional<Bytes> value);
    static void erase(Shard& shard, std::list<Entry>::iterator entry);

    std::size_t shard_limit_bytes_;
    mutable std::array<Shard, shard_count> shards_;
};

} // namespace wagate::storage
