#pragma once
// One SQLite connection: safe settings, cached prepared statements, a remembered first error. One thread at a
// time.
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "storage/sqlite/statement.hpp"

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <unordered_map>

struct sqlite3;

namespace wagate::storage::vault {
class Vault;
}

namespace wagate::storage::sqlite {

/// SQLite's extended result codes as error codes; the text is SQLite's generic one and holds no data.
ErrorCode make_error(int code);
bool is_damage(ErrorCode const& error);    ///< the file is corrupt or no database
bool is_disk_full(ErrorCode const& error); ///< a write found no space; never a failed sync

enum class Access { write, read };
/// passive: as far as no reader is in the way. restart: waits for readers, then the log starts anew.
/// truncate: the same, and nothing of it is left in the file.
enum class Checkpoint { passive, restart, truncate };

/// Statement failures never throw: they return false (or end the rows) and stay in `has_error` until taken,
/// so that a whole step is written without a check per line and judged once at its end.
class Database {
public:
    /// `write` creates the file. `read` refuses every statement that writes.
    static Result<std::unique_ptr<Database>> open(std::filesystem::path const& file, Access access);
    Database(Database const&) = delete;
    Database& operator=(Database const&) = delete;
    ~Database();

    /// `sql` must be a literal: its address is the key of the statement cache.
    bool run(char const* sql, std::initializer_list<Value> arguments)
    {
        return run(sql, std::span{arguments.begin(), arguments.size()});
    }
    /// As `run`, but yields rows. Arguments are copied. One running query per literal.
    Rows query(char const* sql, std::initializer_list<Value> arguments)
    {
        return query(sql, std::span{arguments.begin(), arguments.size()});
    }
    bool run(char const* sql, std::span<Value const> arguments);
    Rows query(char const* sql, std::span<Value const> arguments);
    /// Runs a script of uncached statements.
    bool execute(std::string const& script);
    std::int64_t changes() const; ///< rows touched by the last `run`

    /// Switches to write-ahead logging with an fsync per commit.
    bool enable_wal();
    /// Frames in the write-ahead log after the last commit of this connection.
    int wal_frames() const noexcept { return wal_frames_; }
    /// Writes the whole database anew, so that nothing deleted is left in it. Its temporary file is made in
    /// `folder`.
    bool vacuum(std::filesystem::path const& folder);
    /// Closing leaves the files as they are.
    void leave_log();
    /// True when the last checkpoint did all that its mode promises.
    bool was_checkpoint_complete() const noexcept { return was_checkpoint_complete_; }

    /// What this connection's values are sealed with; outlives it.
    void attach(vault::Vault const& vault) noexcept { vault_ = &vault; }
    /// Throws std::logic_error when none is attached.
    vault::Vault const& vault() const;
    /// Copies the log into the database. @return false on a real failure; a reader in the way is none.
    bool checkpoint(Checkpoint mode, Milliseconds patience = Milliseconds{0});

    bool has_error() const noexcept { return static_cast<bool>(error_); }
    ErrorCode take_error() { return std::exchange(error_, ErrorCode{}); }

private:
    friend class Rows;
    friend class Transaction;
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };

    explicit Database(sqlite3* handle) noexcept : handle_(handle) {}
    bool configure(Access access);
    sqlite3_stmt* prepare(char const* sql);
    bool bind(sqlite3_stmt* statement, std::span<Value const> arguments, bool copy);
    bool fail(int code);
    void roll_back();

    std::unique_ptr<sqlite3, Close> handle_;
    std::unordered_map<char const*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
    ErrorCode error_;
    int wal_frames_ = 0;
    bool was_checkpoint_complete_ = false;
    vault::Vault const* vault_ = nullptr;
};

} // namespace wagate::storage::sqlite
