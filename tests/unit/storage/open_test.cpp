#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <fstream>
#include <sys/stat.h>

using namespace wagate;
using namespace wagate::test;
using storage::StoreErrc;

namespace {

/// Runs SQL on a database file behind the store's back.
void run_sql(std::filesystem::path const& file, char const* sql)
{
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &handle) == SQLITE_OK);
    REQUIRE(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(handle);
}

mode_t mode_of(std::filesystem::path const& path)
{
    struct stat found{};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found.st_mode & 0777;
}

storage::StoreOptions options_for(std::filesystem::path file)
{
    storage::StoreOptions options;
    options.file = std::move(file);
    return options;
}

std::string contents(std::filesystem::path const& file)
{
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

} // namespace

TEST_CASE("everything committed is there after reopening", "[storage]")
{
    StoreFixture fixture;
    ByteArray<32> hash{};
    hash[5] = 9;
    auto unit = record_unit("alice.0", "ratchet");
    unit.messages.push_back(text_message("100", "M1", "hello"));
    unit.events = {status_event("one"), status_event("two")};
    unit.seen.push_back(hash);
    unit.outbox_put.push_back({MessageId{"OUT"}, Jid::phone("100"), to_bytes("stanza"), start_time});
    IdempotencyEntry const keyed{{hash, {}}, Jid::phone("100"), MessageId{"M1"}};
    unit.idempotency.push_back(keyed);
    auto const message = unit.messages.front();
    auto const entry = unit.outbox_put.front();
    fixture.commit(fixture.a, std::move(unit));
    save_delivery_wait(*fixture.store, fixture.a, "endpoint", delivered_until(2)).value();
    auto const before = fixture.store->events_after(fixture.a, 0, 10);

    fixture.reopen();

    auto const reader = fixture.store->reader(fixture.a);
    CHECK(reader->read(RecordKind::signal_session, "alice.0") == to_bytes("ratchet"));
    CHECK(reader->was_seen(hash));
    CHECK(reader->find_message(Jid::phone("100"), MessageId{"M1"}) == message);
    CHECK(reader->outbox() == std::vector{entry});
    CHECK(reader->find_idempotency(hash) == keyed);
    CHECK(fixture.store->delivery_state(fixture.a, "endpoint")->sequence == 2);
    auto const after = fixture.store->events_after(fixture.a, 0, 10);
    REQUIRE(after.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(after[i].id == before[i].id);
        CHECK(after[i].sequence == i + 1);
        CHECK(after[i].event == before[i].event);
    }
}

TEST_CASE("database files and new directories are for their owner only", "[storage]")
{
    TempDir directory;
    auto const file = directory / "data/deep/wagate.db";
    auto store = storage::open_store(options_for(file)).value();
    store->ensure_tenant(TenantId{"t"}).value();
    CHECK(mode_of(directory / "data") == 0700);
    CHECK(mode_of(directory / "data/deep") == 0700);
    CHECK(mode_of(file) == 0600);
    CHECK(mode_of(directory / "data/deep/wagate.db-wal") == 0600);
    CHECK(mode_of(directory / "data/deep/wagate.db-shm") == 0600);
}

TEST_CASE("a database that is in use is not opened a second time", "[storage]")
{
    StoreFixture fixture;
    auto const second = storage::open_store(options_for(fixture.directory / "wagate.db"));
    REQUIRE_FALSE(second);
    CHECK(second.error() == StoreErrc::cannot_open);
}

TEST_CASE("a database of a newer version is refused", "[storage]")
{
    StoreFixture fixture;
    fixture.store.reset();
    run_sql(fixture.directory / "wagate.db", "PRAGMA user_version = 1000");
    auto const opened = storage::open_store(options_for(fixture.directory / "wagate.db"));
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == StoreErrc::newer_schema);
}

TEST_CASE("another application's database is refused and left as it was", "[storage]")
{
    TempDir directory;
    auto const file = directory / "foreign.db";
    run_sql(file, "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    auto const before = contents(file);
    auto const opened = storage::open_store(options_for(file));
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == StoreErrc::damaged);
    CHECK(contents(file) == before);
}

TEST_CASE("a file that is no database is reported as damaged", "[storage]")
{
    TempDir directory;
    auto const file = directory / "text.db";
    std::ofstream{file} << std::string(5'000, 'x');
    auto const opened = storage::open_store(options_for(file));
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == StoreErrc::damaged);
}

TEST_CASE("a directory that cannot be made is reported", "[storage]")
{
    TempDir directory;
    std::ofstream{directory / "file"} << "x";
    auto const opened = storage::open_store(options_for(directory / "file/below/wagate.db"));
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == StoreErrc::cannot_open);
}
