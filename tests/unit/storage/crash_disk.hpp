#pragma once
// A disk whose power can be cut: SQLite's file system that remembers, per file, what is durable and every
// write since its last sync. At the cut each 512-byte piece of those survives or not, at random.
#include "protocol/base/bytes.hpp"
#include "tests/unit/storage/layered_vfs.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <unordered_map>

namespace wagate::test {

/// Installed for all databases opened during its scope; one at a time. Writes, syncs, truncations and
/// deletions are counted; the cut comes at a given one, and all calls fail from then on.
class CrashDisk {
    using Layer = LayeredVfs<CrashDisk>;

public:
    struct Plan {
        std::uint64_t seed = 0;
        std::size_t cut_at = SIZE_MAX; ///< number of the call, from 1
        bool ignores_sync = false;     ///< a disk that lies
    };
    explicit CrashDisk(Plan plan) : plan_(plan), random_(plan.seed)
    {
        current() = this;
        Layer::install("crash-disk");
    }
    CrashDisk(CrashDisk const&) = delete;
    CrashDisk& operator=(CrashDisk const&) = delete;
    ~CrashDisk()
    {
        Layer::remove();
        current() = nullptr;
    }

    std::size_t calls() const
    {
        std::lock_guard const lock{mutex_};
        return calls_;
    }
    void cut_power()
    {
        std::lock_guard const lock{mutex_};
        is_off_ = true;
    }
    /// Puts on the real disk what survived. After the cut, with all databases closed.
    void restore()
    {
        std::lock_guard const lock{mutex_};
        constexpr std::array chances{0.0, 0.1, 0.5, 0.9, 1.0};
        auto const chance = chances[std::uniform_int_distribution<std::size_t>{0, 4}(random_)];
        for (auto& [path, file] : files_) {
            settle(file, chance);
            std::filesystem::remove(path);
            std::filesystem::remove(path + "-shm");
            if (!file.exists) continue;
            std::ofstream stream{path, std::ios::binary};
            stream.write(reinterpret_cast<char const*>(file.durable.data()),
                         static_cast<std::streamsize>(file.durable.size()));
        }
    }

private:
    static constexpr std::size_t sector_bytes = 512;
    struct Change {
        enum class Kind { write, truncate, remove } kind = Kind::write;
        std::size_t offset = 0; ///< of a truncation: the new size
        Bytes bytes;
    };
    struct File {
        bool exists = false; ///< its entry in the directory is durable
        Bytes durable;
        std::vector<Change> pending;
    };

    bool survives(double chance) { return std::bernoulli_distribution{chance}(random_); }

    void settle(File& file, double chance)
    {
        auto size = file.durable.size();
        bool is_created = file.exists;
        for (auto const& change : file.pending) {
            if (change.kind == Change::Kind::remove) {
                if (!survives(chance)) continue;
                file.durable.clear();
                is_created = false;
                continue;
            }
            if (change.kind == Change::Kind::truncate) {
                if (survives(chance)) file.durable.resize(change.offset);
                continue;
            }
            if (!is_created) is_created = survives(chance);
            write_pieces(file.durable, change, chance);
            size = std::max(size, change.offset + change.bytes.size());
        }
        // The size of a file may be durable before what was written there.
        if (file.durable.size() < size && survives(0.5)) file.durable.resize(size);
        file.exists = is_created;
        file.pending.clear();
    }
    void write_pieces(Bytes& content, Change const& change, double chance)
    {
        for (std::size_t done = 0; done < change.bytes.size();) {
            auto const offset = change.offset + done;
            auto const piece = std::min(sector_bytes - offset % sector_bytes, change.bytes.size() - done);
            if (survives(chance)) put(content, offset, {change.bytes.data() + done, piece});
            done += piece;
        }
    }
    static void put(Bytes& content, std::size_t offset, ByteView bytes)
    {
        if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
        std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
    }
    static void make_durable(File& file)
    {
        for (auto& change : file.pending) {
            switch (change.kind) {
            case Change::Kind::write: put(file.durable, change.offset, change.bytes); break;
            case Change::Kind::truncate: file.durable.resize(change.offset); break;
            case Change::Kind::remove: file.durable.clear(); break;
            }
        }
        file.pending.clear();
        file.exists = true;
    }

    /// All files of a test are in one directory: which of them exist is durable now, what is in them is not.
    void sync_directory()
    {
        for (auto& [path, file] : files_) {
            auto& pending = file.pending;
            auto const is_removal = [](Change const& change) { return change.kind == Change::Kind::remove; };
            auto const removal = std::find_if(pending.rbegin(), pending.rend(), is_removal).base();
            file.exists = true;
            if (removal == pending.begin()) continue;
            file.exists = removal != pending.end(); // made again
            file.durable.clear();
            pending.erase(pending.begin(), removal);
        }
    }

    /// Whether the power is still on; `change` is not lost with the call at which it fails, but pending.
    bool count(File& file, std::optional<Change> change)
    {
        if (is_off_) return false;
        if (change) file.pending.push_back(std::move(*change));
        if (++calls_ >= plan_.cut_at) is_off_ = true;
        return !is_off_;
    }

    // --- SQLite's interface ---

    static CrashDisk*& current()
    {
        static CrashDisk* instance = nullptr;
        return instance;
    }
    friend Layer;
    static void replace(sqlite3_vfs& layer)
    {
        layer.xOpen = open;
        layer.xDelete = remove;
    }
    static void replace(sqlite3_io_methods& layer)
    {
        layer.xClose = close;
        layer.xRead = read;
        layer.xWrite = write;
        layer.xTruncate = truncate;
        layer.xSync = sync;
    }
    File& of(sqlite3_file* file) { return files_.at(open_.at(file)); }

    static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* opened_flags)
    {
        auto& disk = *current();
        std::lock_guard const lock{disk.mutex_};
        file->pMethods = nullptr;
        if (disk.is_off_) return SQLITE_CANTOPEN;
        if (name && !disk.files_.contains(name)) {
            auto& known = disk.files_[name];
            known.exists = std::filesystem::exists(name);
            if (known.exists) {
                known.durable.resize(std::filesystem::file_size(name));
                std::ifstream{name, std::ios::binary}.read(
                    reinterpret_cast<char*>(known.durable.data()),
                    static_cast<std::streamsize>(known.durable.size()));
            }
        }
        auto const code = Layer::below()->xOpen(Layer::below(), name, file, flags, opened_flags);
        if (code == SQLITE_OK && file->pMethods && name) {
            Layer::adopt(file);
            disk.open_[file] = name;
        }
        return code;
    }
    static int remove(sqlite3_vfs*, char const* name, int sync_directory)
    {
        auto& disk = *current();
        std::lock_guard const lock{disk.mutex_};
        auto& file = disk.files_[name];
        if (!disk.count(file, Change{Change::Kind::remove, 0, {}})) return SQLITE_IOERR_DELETE;
        if (sync_directory && !disk.plan_.ignores_sync) disk.sync_directory();
        return Layer::below()->xDelete(Layer::below(), name, 0);
    }
    static int close(sqlite3_file* file)
    {
        auto& disk = *current();
        std::lock_guard const lock{disk.mutex_};
        disk.open_.erase(file);
        return Layer::below(file).xClose(file);
    }
    static int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset)
    {
        {
            std::lock_guard const lock{current()->mutex_};
            if (current()->is_off_) return SQLITE_IOERR_READ;
        }
        return Layer::below(file).xRead(file, bytes, count, offset);
    }
    static int write(sqlite3_file* file, void const* bytes, int count, sqlite3_int64 offset)
    {
        auto& disk = *current();
        std::lock_guard const lock{disk.mutex_};
        auto const* start = static_cast<std::uint8_t const*>(bytes);
        Change change{Change::Kind::write, static_cast<std::size_t>(offset), Bytes(start, start + count)};
        if (!disk.count(disk.of(file), std::move(change))) return SQLITE_IOERR_WRITE;
        return Layer::below(file).xWrite(file, bytes, count, offset);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size)
    {
        auto& disk = *current();
        std::lock_guard const lock{disk.mutex_};
        if (!disk.count(disk.of(file), Change{Change::Kind::truncate, static_cast<std::size_t>(size), {}}))
            return SQLITE_IOERR_TRUNCATE;
        return Layer::below(file).xTruncate(file, size);
    }
    static int sync(sqlite3_file* file, int)
    {
        auto& disk = *current();
        std::lock_guard const lock{disk.mutex_};
        if (!disk.count(disk.of(file), std::nullopt)) return SQLITE_IOERR_FSYNC;
        if (disk.plan_.ignores_sync) return SQLITE_OK;
        // SQLite's own file system syncs the directory with the first sync of a new journal or log.
        if (!disk.of(file).exists) disk.sync_directory();
        make_durable(disk.of(file));
        return SQLITE_OK;
    }

    Plan const plan_;
    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    std::size_t calls_ = 0;
    bool is_off_ = false;
    std::map<std::string, File> files_;
    std::unordered_map<sqlite3_file*, std::string> open_;
};

} // namespace wagate::test
