#include "storage/sqlite/database.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <utility>

namespace wagate::storage::sqlite {
namespace {

/// How long a statement waits for a lock. Only short exclusive moments exist: recovery and the end of a
/// checkpoint.
constexpr int busy_timeout_ms = 5'000;

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "sqlite"; }
    std::string message(int code) const override { return sqlite3_errstr(code); }
};

int bind_value(sqlite3_stmt* statement, int index, Value const& value, bool copy)
{
    auto const lifetime = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
    auto const& content = value.content();
    if (auto const* number = std::get_if<std::int64_t>(&content))
        return sqlite3_bind_int64(statement, index, *number);
    if (auto const* text = std::get_if<std::string_view>(&content)) {
        // A null pointer would bind NULL instead of an empty text.
        auto const* start = text->data() ? text->data() : "";
        return sqlite3_bind_text64(statement, index, start, text->size(), lifetime, SQLITE_UTF8);
    }
    if (auto const* bytes = std::get_if<ByteView>(&content)) {
        if (bytes->empty()) return sqlite3_bind_zeroblob(statement, index, 0);
        return sqlite3_bind_blob64(statement, index, bytes->data(), bytes->size(), lifetime);
    }
    return sqlite3_bind_null(statement, index);
}

int checkpoint_mode(Checkpoint mode)
{
    switch (mode) {
    case Checkpoint::passive: return SQLITE_CHECKPOINT_PASSIVE;
    case Checkpoint::restart: return SQLITE_CHECKPOINT_RESTART;
    case Checkpoint::truncate: return SQLITE_CHECKPOINT_TRUNCATE;
    }
    return SQLITE_CHECKPOINT_PASSIVE;
}

} // namespace

ErrorCode make_error(int code)
{
    static Category const category;
    return {code, category};
}

bool is_damage(ErrorCode const& error)
{
    auto const primary = error.value() & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

bool is_disk_full(ErrorCode const& error)
{
    // The second: the index of the log could not grow. That comes after the sync of an unfinished commit;
    // trying again writes the same frames of the log anew, which no reader has seen.
    return (error.value() & 0xff) == SQLITE_FULL || error.value() == SQLITE_IOERR_SHMSIZE;
}

void Database::Close::operator()(sqlite3* handle) const noexcept
{
    sqlite3_close_v2(handle);
}

void Database::Finalize::operator()(sqlite3_stmt* statement) const noexcept
{
    sqlite3_finalize(statement);
}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(std::filesystem::path const& file, Access access)
{
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    if (access == Access::write) flags |= SQLITE_OPEN_CREATE;
    sqlite3* handle = nullptr;
    auto const code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
    std::unique_ptr<Database> database{new Database{handle}};
    if (code != SQLITE_OK) return make_error(code);
    if (!database->configure(access)) return database->take_error();
    return database;
}

bool Database::configure(Access access)
{
    auto* handle = handle_.get();
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    bool const shared = execute("PRAGMA foreign_keys = ON") && execute("PRAGMA secure_delete = ON") &&
                        execute("PRAGMA temp_store = MEMORY");
    if (access == Access::read) return shared && execute("PRAGMA query_only = ON");
    return shared && execute("PRAGMA synchronous = FULL") && execute("PRAGMA cache_size = -16384");
}

bool Database::enable_wal()
{
    // The hook replaces SQLite's automatic checkpoint, which would run inside a commit.
    auto const note_frames = [](void* frames, sqlite3*, char const*, int count) {
        *static_cast<int*>(frames) = count;
        return SQLITE_OK;
    };
    if (!execute("PRAGMA journal_mode = WAL") || !execute("PRAGMA journal_size_limit = 67108864"))
        return false;
    sqlite3_wal_hook(handle_.get(), note_frames, &wal_frames_);
    auto mode = query("PRAGMA journal_mode", {});
    return mode.next() && mode.text(0) == "wal";
}

bool Database::checkpoint(Checkpoint mode, Milliseconds patience)
{
    int frames = 0;
    int copied = 0;
    bool const is_patient = mode != Checkpoint::passive;
    if (is_patient) sqlite3_busy_timeout(handle_.get(), static_cast<int>(patience.count()));
    auto const code =
        sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, checkpoint_mode(mode), &frames, &copied);
    if (is_patient) sqlite3_busy_timeout(handle_.get(), busy_timeout_ms);
    was_checkpoint_complete_ = code == SQLITE_OK;
    // The next commit counts the whole log again if it could not start it anew.
    if (code == SQLITE_OK) wal_frames_ = frames - copied;
    auto const primary = code & 0xff;
    return primary == SQLITE_OK || primary == SQLITE_BUSY || primary == SQLITE_LOCKED || fail(code);
}

bool Database::vacuum(std::filesystem::path const& folder)
{
    // The only way to name a folder without the process's environment. Nothing else makes temporary files:
    // all other connections keep theirs in memory.
    sqlite3_free(std::exchange(sqlite3_temp_directory, sqlite3_mprintf("%s", folder.c_str())));
    bool const is_done = execute("PRAGMA temp_store = FILE") && execute("VACUUM");
    sqlite3_free(std::exchange(sqlite3_temp_directory, nullptr));
    return execute("PRAGMA temp_store = MEMORY") && is_done;
}

void Database::leave_log()
{
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

vault::Vault const& Database::vault() const
{
    if (!vault_) throw std::logic_error("no keys are attached to this connection");
    return *vault_;
}

bool Database::fail(int code)
{
    if (!error_) error_ = make_error(code);
    return false;
}

void Database::roll_back()
{
    if (sqlite3_get_autocommit(handle_.get()) == 0)
        sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

bool Database::execute(std::string const& script)
{
    auto const code = sqlite3_exec(handle_.get(), script.c_str(), nullptr, nullptr, nullptr);
    return code == SQLITE_OK || fail(code);
}

sqlite3_stmt* Database::prepare(char const* sql)
{
    auto& cached = statements_[sql];
    if (!cached) {
        sqlite3_stmt* statement = nullptr;
        auto const code =
            sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) {
            fail(code);
            return nullptr;
        }
        cached.reset(statement);
    }
    if (sqlite3_stmt_busy(cached.get())) throw std::logic_error("a query runs inside itself");
    return cached.get();
}

bool Database::bind(sqlite3_stmt* statement, std::span<Value const> arguments, bool copy)
{
    int index = 0;
    for (auto const& argument : arguments)
        if (auto const code = bind_value(statement, ++index, argument, copy); code != SQLITE_OK)
            return fail(code);
    return true;
}

bool Database::run(char const* sql, std::span<Value const> arguments)
{
    auto* statement = prepare(sql);
    if (!statement) return false;
    if (!bind(statement, arguments, false)) return false;
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW)
        code = sqlite3_step(statement);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code == SQLITE_DONE || fail(code);
}

Rows Database::query(char const* sql, std::span<Value const> arguments)
{
    auto* statement = prepare(sql);
    if (statement && !bind(statement, arguments, true)) statement = nullptr;
    return Rows{*this, statement};
}

std::int64_t Database::changes() const
{
    return sqlite3_changes64(handle_.get());
}

Rows::~Rows()
{
    if (!statement_) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

bool Rows::next()
{
    if (!statement_) return false;
    auto const code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) database_->fail(code);
    return false;
}

std::int64_t Rows::integer(int column) const
{
    return sqlite3_column_int64(statement_, column);
}

std::string Rows::text(int column) const
{
    return to_text(blob(column));
}

ByteView Rows::blob(int column) const
{
    auto const* start = static_cast<std::uint8_t const*>(sqlite3_column_blob(statement_, column));
    return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

} // namespace wagate::storage::sqlite
