#pragma once
// A disk that can be told to fail: SQLite's default file system with writes and syncs that return errors on
// demand.
#include "tests/unit/storage/layered_vfs.hpp"

#include <atomic>

namespace wagate::test {

/// Installed for all databases opened during its scope; one at a time. Starts healthy.
class FailingDisk {
    using Layer = LayeredVfs<FailingDisk>;

public:
    FailingDisk()
    {
        state() = {};
        Layer::install("failing-disk");
    }
    FailingDisk(FailingDisk const&) = delete;
    FailingDisk& operator=(FailingDisk const&) = delete;
    ~FailingDisk() { Layer::remove(); }

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
    friend Layer;
    static void replace(sqlite3_vfs& layer) { layer.xOpen = open; }
    static void replace(sqlite3_io_methods& layer)
    {
        layer.xSync = sync;
        layer.xWrite = write;
    }

    static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* opened_flags)
    {
        auto const code = Layer::below()->xOpen(Layer::below(), name, file, flags, opened_flags);
        if (code == SQLITE_OK && file->pMethods) Layer::adopt(file);
        return code;
    }
    static int sync(sqlite3_file* file, int flags)
    {
        return state().fails_sync ? SQLITE_IOERR_FSYNC : Layer::below(file).xSync(file, flags);
    }
    static int write(sqlite3_file* file, void const* bytes, int count, sqlite3_int64 offset)
    {
        if (state().breaks_write) return SQLITE_IOERR_WRITE;
        if (state().counts_writes && state().writes_left-- <= 0) return SQLITE_FULL;
        return Layer::below(file).xWrite(file, bytes, count, offset);
    }
};

} // namespace wagate::test
