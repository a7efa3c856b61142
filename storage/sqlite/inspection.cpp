#include "storage/sqlite/inspection.hpp"

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace wagate::storage::sqlite {
namespace {

struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

/// The first column of the first row; the error's text in `problem` when there is none.
std::string first(sqlite3* handle, char const* sql, std::string& problem)
{
    std::string found;
    auto const keep = [](void* target, int count, char** values, char**) {
        if (count > 0 && values[0] != nullptr) *static_cast<std::string*>(target) = values[0];
        return 0;
    };
    if (auto const code = sqlite3_exec(handle, sql, keep, &found, nullptr);
        code != SQLITE_OK && problem.empty())
        problem = sqlite3_errstr(code);
    return found;
}

/// Whoever has the database open keeps a log beside it. Without one nobody writes, and SQLite is told so:
/// else even a reader makes a log and its index, and leaves them behind.
std::string address_of(std::filesystem::path const& file)
{
    std::string address = "file:";
    for (char const letter : file.string()) {
        if (letter == '%' || letter == '?' || letter == '#') {
            char escaped[4];
            std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned>(letter));
            address.append(escaped);
        } else {
            address.push_back(letter);
        }
    }
    auto log = file;
    log += "-wal";
    std::error_code error;
    return std::filesystem::exists(log, error) ? address : address + "?immutable=1";
}

std::int64_t number(std::string const& text)
{
    return std::strtoll(text.c_str(), nullptr, 10);
}

} // namespace

Inspection inspect(std::filesystem::path const& file)
{
    constexpr int patience_ms = 2'000;
    Inspection found;
    sqlite3* opened = nullptr;
    auto const code = sqlite3_open_v2(
        address_of(file).c_str(), &opened,
        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_URI, nullptr);
    Handle const handle{opened};
    if (code != SQLITE_OK) {
        found.damage = sqlite3_errstr(code);
        return found;
    }
    sqlite3_busy_timeout(opened, patience_ms);
    found.application = number(first(opened, "PRAGMA application_id", found.damage));
    found.schema = number(first(opened, "PRAGMA user_version", found.damage));
    auto const whole = first(opened, "PRAGMA quick_check(1)", found.damage);
    if (found.damage.empty() && whole != "ok") found.damage = "its pages do not fit together";
    std::string ignored;
    found.sessions = number(first(opened, "SELECT count(*) FROM session", ignored));
    found.master_key = first(opened, "SELECT master_id FROM vault", ignored);
    return found;
}

} // namespace wagate::storage::sqlite
