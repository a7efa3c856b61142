#pragma once
// A layer in front of SQLite's default file system, for disks that misbehave.
#include <sqlite3.h>

#include <array>
#include <stdexcept>

namespace wagate::test {

/// One layer per type of disk, installed for all databases opened meanwhile. Calls that the disk does not
/// replace go to the file system below. `Disk` has
///     static void replace(sqlite3_vfs&);        // the file system's calls; xOpen must call adopt()
///     static void replace(sqlite3_io_methods&); // a file's calls
template <class Disk>
class LayeredVfs {
public:
    static void install(char const* name)
    {
        below_ = sqlite3_vfs_find(nullptr);
        layer_ = *below_;
        layer_.zName = name;
        Disk::replace(layer_);
        sqlite3_vfs_register(&layer_, 1);
    }
    static void remove()
    {
        sqlite3_vfs_register(below_, 1);
        sqlite3_vfs_unregister(&layer_);
    }

    static sqlite3_vfs* below() { return below_; }
    /// What the file's calls were before.
    static sqlite3_io_methods const& below(sqlite3_file* file)
    {
        return *reinterpret_cast<Methods const*>(file->pMethods)->below;
    }
    /// Puts the disk's calls in front of a file that was opened below.
    static void adopt(sqlite3_file* file) { file->pMethods = &methods_over(file->pMethods).layer; }

private:
    /// SQLite's methods of one kind of file, and ours in front of them.
    struct Methods {
        sqlite3_io_methods layer; // first: a file's pMethods leads back to its entry
        sqlite3_io_methods const* below = nullptr;
    };
    static Methods& methods_over(sqlite3_io_methods const* below)
    {
        static std::array<Methods, 4> kinds;
        for (auto& kind : kinds) {
            if (kind.below == below) return kind;
            if (kind.below) continue;
            kind.below = below;
            kind.layer = *below;
            Disk::replace(kind.layer);
            return kind;
        }
        throw std::logic_error("too many kinds of files");
    }

    static inline sqlite3_vfs* below_ = nullptr;
    static inline sqlite3_vfs layer_{};
};

} // namespace wagate::test
