#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace wagate;
using namespace wagate::test;

namespace {

constexpr int forced_pages = 100;
constexpr std::uintmax_t page_bytes = 4'096 + 24; ///< with its header in the log

storage::StoreOptions small_log()
{
    storage::StoreOptions options;
    options.idle_checkpoint_pages = 1 << 30;
    options.forced_checkpoint_pages = forced_pages;
    return options;
}

} // namespace

TEST_CASE("the write-ahead log stays bounded under steady load with readers that overlap",
          "[storage][checkpoint]")
{
    StoreFixture fixture{small_log()};
    fixture.commit(fixture.a, event_unit(std::vector<Event>(200, status_event("x"))));
    std::atomic<bool> is_over = false;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            while (!is_over)
                static_cast<void>(fixture.store->events_after(fixture.a, 0, 200));
        });
    std::uintmax_t largest = 0;
    for (int i = 0; i < 400; ++i) {
        auto unit = record_unit("k" + std::to_string(i % 7), std::string(3'000, 'v'));
        unit.messages.push_back(text_message("100", std::to_string(i), std::string(3'000, 'm')));
        fixture.commit(fixture.a, std::move(unit));
        largest = std::max(largest, std::filesystem::file_size(fixture.directory / "wagate.db-wal"));
    }
    is_over = true;
    for (auto& reader : readers)
        reader.join();
    // Some 3,000 pages were written; a reader may put a checkpoint off, but not for ever.
    CHECK(largest < 4 * forced_pages * page_bytes);
}
