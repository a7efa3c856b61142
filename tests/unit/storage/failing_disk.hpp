#pragma once
// A disk that can be told to fail: SQLite's default file system with writes and syncs that return errors on
// demand.
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <stdexcept>

namespace wagate::test {

/// Installed for all databases opened during its scope; one at a time. Starts healthy.
class FailingDisk {
public:
    FailingDisk()
    {
        state() = {};
        base() = sqlite3_vfs_find(nullptr);
        vfs() = *base();
        vfs().zName = "failing-disk";
        vfs().xOpen = open;
        sqlite3_vfs_register(&vfs(), 1);
    }
    FailingDisk(FailingDisk const&) = delete;
    FailingDisk& operator=(FailingDisk const&) = delete;
    ~FailingDisk()
    {
        sqlite3_vfs_register(base(), 1);
        sqlite3_vfs_unregister(&vfs());
    }

    void break_writes() { state().breaks_write = true; }
    void fail_syncs() { state().fails_sync = true; }
    /// Lets `count` more writes through, then the disk is full.
    void fail_writes_after(int count)
    {
        state().writes_left = count;
        state().counts_writes = true;
    }
    void heal() { state() = {}; }

private:
    struct State {
        std::atomic<bool> fails_sync = false;
        std::atomic<bool> breaks_write = false;
        std::atomic<bool> counts_writes = false;
        std::atomic<int> writes_left = 0;
        State& operator=(State const&)
        {
            fails_sync = false;
            breaks_write = false;
            counts_writes = false;
            return *this;
        }
        State() = default;
        State(State const&) = delete;
    };
    static State& state()
    {
        static State instance;
        return instance;
    }
    static sqlite3_vfs*& base()
    {
        static sqlite3_vfs* instance = nullptr;
        return instance;
    }
    static sqlite3_vfs& vfs()
    {
        static sqlite3_vfs instance;
        return instance;
    }
    /// SQLite's methods of one kind of file, and ours in front of them.
    struct Methods {
        sqlite3_io_methods failing; // first: a file's pMethods leads back to its entry
        sqlite3_io_methods const* original = nullptr;
    };
    static Methods& methods_over(sqlite3_io_methods const* original)
    {
        static std::array<Methods, 4> kinds;
        for (auto& kind : kinds) {
            if (kind.original == original) return kind;
            if (kind.original) continue;
            kind.original = original;
            kind.failing = *original;
            kind.failing.xSync = sync;
            kind.failing.xWrite = write;
            return kind;
        }
        throw std::logic_error("too many kinds of files");
    }
    static sqlite3_io_methods const& original(sqlite3_file* file)
    {
        return *reinterpret_cast<Methods const*>(file->pMethods)->original;
    }

    static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* opened_flags)
    {
        auto const code = base()->xOpen(base(), name, file, flags, opened_flags);
        if (code == SQLITE_OK && file->pMethods) file->pMethods = &methods_over(file->pMethods).failing;
        return code;
    }
    static int sync(sqlite3_file* file, int flags)
    {
        return state().fails_sync ? SQLITE_IOERR_FSYNC : original(file).xSync(file, flags);
    }
    static int write(sqlite3_file* file, void const* bytes, int count, sqlite3_int64 offset)
    {
        if (state().breaks_write) return SQLITE_IOERR_WRITE;
        if (state().counts_writes && state().writes_left-- <= 0) return SQLITE_FULL;
        return original(file).xWrite(file, bytes, count, offset);
    }
};

} // namespace wagate::test
