// Cuts the power at a random moment of a small workload, many times, and looks at what is left.
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <set>

using namespace wagate;
using namespace wagate::test;

namespace {

constexpr std::size_t default_seeds = 2'000;
constexpr char endpoint[] = "endpoint";

std::size_t number_from_environment(char const* name, std::size_t otherwise)
{
    auto const* text = std::getenv(name);
    return text ? static_cast<std::size_t>(std::strtoull(text, nullptr, 10)) : otherwise;
}

std::vector<SessionKey> session_keys()
{
    return {session_key("tenant-a"), session_key("tenant-a", "second"), session_key("tenant-b")};
}

/// What a session was given, and what it was told.
struct Expected {
    SessionKey key;
    bool is_made = false; ///< insert_session succeeded
    int issued = 0;       ///< units 1 … issued
    int acknowledged = 0;
};

int events_of(int number)
{
    return 1 + number % 3;
}

std::string value_of(int number)
{
    return std::to_string(number) + std::string(static_cast<std::size_t>(number * 397 % 2'500), 'v');
}

/// Everything a unit changes tells its number.
UnitOfWork numbered_unit(int number)
{
    auto const name = std::to_string(number);
    auto unit = record_unit("counter", name);
    unit.records[{RecordKind::signal_session, "slot" + std::to_string(number % 4)}] =
        to_bytes(value_of(number));
    unit.messages.push_back(text_message("100", name, value_of(number)));
    for (int i = 0; i < events_of(number); ++i)
        unit.events.push_back(status_event(name));
    unit.waiting_put.push_back(waiting_stanza(name));
    if (number > 2) unit.waiting_done.push_back(std::to_string(number - 2));
    return unit;
}

/// Every fifth change is a step of a delivery.
bool is_delivery(int number)
{
    return number % 5 == 0;
}

storage::DeliveryUpdate numbered_delivery(int number)
{
    auto update = delivered_until(static_cast<std::uint64_t>(number), "details");
    update.dead_letters.push_back(dead_letter(endpoint, static_cast<std::uint64_t>(number)));
    for (int i = 0; i < events_of(number); ++i)
        update.events.push_back(status_event(std::to_string(number)));
    return update;
}

class Run {
public:
    Run(std::filesystem::path file, std::uint64_t seed) : file_(std::move(file)), random_(seed)
    {
        for (auto const& key : session_keys())
            sessions_.push_back({key, false, 0, 0});
        checkpoint_pages_ = pick(6, 60);
    }

    void know_sessions()
    {
        for (auto& session : sessions_)
            session.is_made = true;
    }
    /// Ends early when the power is gone.
    void work()
    {
        auto store = open();
        if (!store) return;
        for (auto& session : sessions_) {
            if (session.is_made) continue;
            if (!(*store)->ensure_tenant(session.key.tenant)) return;
            session.is_made = (*store)->insert_session(session_row(session.key)).has_value();
            if (!session.is_made) return;
        }
        auto const groups = pick(2, 5);
        for (int i = 0; i < groups; ++i)
            if (!commit_group(**store)) return;
        store_ = std::move(*store); // open until the power is cut
    }
    void close() { store_.reset(); }

    /// Nothing, or what is wrong with the files that are left.
    std::string judge()
    {
        if (auto const verdict = integrity(); verdict != "ok") return "integrity_check: " + verdict;
        auto opened = open();
        if (!opened) return "it does not open: " + opened.error().message();
        auto& store = **opened;
        std::map<TenantId, std::size_t> events_of_tenant;
        for (auto& session : sessions_) {
            auto const is_there = store.session(session.key).has_value();
            if (session.is_made && !is_there) return "a session is gone";
            if (!is_there) continue;
            if (auto problem = judge(store, session, events_of_tenant[session.key.tenant]); !problem.empty())
                return session.key.tenant.value + "/" + session.key.name.value + ": " + problem;
        }
        for (auto const& [tenant, count] : events_of_tenant)
            if (auto problem = judge_positions(store, tenant, count); !problem.empty())
                return tenant.value + ": " + problem;
        return go_on(store);
    }

private:
    int pick(int low, int high) { return std::uniform_int_distribution<int>{low, high}(random_); }

    Result<std::unique_ptr<storage::Store>> open()
    {
        storage::StoreOptions options;
        options.file = file_;
        options.idle_checkpoint_pages = 1 << 30; // would come by the clock
        options.forced_checkpoint_pages = checkpoint_pages_;
        return storage::open_store(std::move(options));
    }

    /// One batch of several units, and one of a single unit before it that holds the writer meanwhile.
    bool commit_group(storage::Store& store)
    {
        std::promise<void> entered;
        std::promise<void> release;
        auto released = release.get_future();
        std::vector<std::future<bool>> outcomes;
        auto const hold = [&] {
            entered.set_value();
            released.wait();
        };
        outcomes.push_back(commit_next(store, hold));
        entered.get_future().wait();
        auto const count = pick(1, 8);
        for (int i = 0; i < count; ++i)
            outcomes.push_back(commit_next(store, [] {}));
        release.set_value();
        bool is_on = true;
        for (auto& outcome : outcomes)
            is_on = outcome.get() && is_on;
        return is_on;
    }
    std::future<bool> commit_next(storage::Store& store, std::function<void()> on_writer)
    {
        auto& session = sessions_[static_cast<std::size_t>(pick(0, 2))];
        auto const number = ++session.issued;
        auto outcome = std::make_shared<std::promise<bool>>();
        auto told = outcome->get_future();
        auto done = [&session, number, outcome, on_writer](Result<void> result) {
            if (result) session.acknowledged = number;
            on_writer();
            outcome->set_value(result.has_value());
        };
        if (is_delivery(number))
            store.save_delivery(session.key, endpoint, numbered_delivery(number), done);
        else
            store.commit(session.key, numbered_unit(number), done);
        return told;
    }

    std::string integrity() const
    {
        sqlite3* handle = nullptr;
        sqlite3_open(file_.c_str(), &handle);
        std::string verdict;
        auto const note = [](void* text, int, char** values, char**) {
            static_cast<std::string*>(text)->append(values[0]);
            return 0;
        };
        if (sqlite3_exec(handle, "PRAGMA integrity_check", note, &verdict, nullptr) != SQLITE_OK)
            verdict = sqlite3_errmsg(handle);
        sqlite3_close(handle);
        return verdict;
    }

    /// How many changes are durable, told by the events alone; the rest must agree.
    std::string judge(storage::Store& store, Expected const& session, std::size_t& events_of_tenant) const
    {
        auto const events = store.events_after(session.key, 0, 10'000);
        events_of_tenant += events.size();
        for (std::size_t i = 0; i < events.size(); ++i)
            if (events[i].sequence != i + 1) return "a gap in the sequence";
        int durable = 0;
        for (std::size_t next = 0; next < events.size(); ++durable)
            for (int i = 0; i < events_of(durable + 1); ++i, ++next)
                if (next >= events.size() || events[next].event != status_event(std::to_string(durable + 1)))
                    return "the events of a change are there in part";
        if (durable < session.acknowledged)
            return "acknowledged " + std::to_string(session.acknowledged) + ", durable " +
                   std::to_string(durable);
        if (durable > session.issued) return "more than was ever issued";

        auto const reader = store.reader(session.key);
        int last_unit = 0;
        std::uint64_t last_delivery = 0;
        std::map<std::string, std::string> slots;
        std::size_t letters = 0;
        for (int number = 1; number <= session.issued; ++number) {
            bool const is_in = number <= durable;
            if (is_delivery(number)) {
                if (is_in) last_delivery = static_cast<std::uint64_t>(number);
                letters += is_in ? 1 : 0;
                continue;
            }
            auto const message = reader->find_message(Jid::phone("100"), MessageId{std::to_string(number)});
            if (message.has_value() != is_in) return "a message of " + std::to_string(number) + " is wrong";
            if (is_in && message->body != value_of(number)) return "a message's text is wrong";
            if (!is_in) continue;
            last_unit = number;
            slots["slot" + std::to_string(number % 4)] = value_of(number);
        }
        if (last_unit > 0) slots["counter"] = std::to_string(last_unit);
        for (auto const* name : {"counter", "slot0", "slot1", "slot2", "slot3"}) {
            auto const value = reader->read(RecordKind::signal_session, name);
            auto const expected = slots.find(name);
            if (value.has_value() != (expected != slots.end())) return "a record is missing or too many";
            if (value && to_text(*value) != expected->second) return "a record is wrong";
        }
        if (last_unit > 0 && !reader->find_waiting(std::to_string(last_unit)))
            return "a waiting stanza is gone";
        auto const state = store.delivery_state(session.key, endpoint);
        if ((state ? state->sequence : 0) != last_delivery) return "a delivery is wrong";
        storage::DeadLetterQuery query;
        query.session = session.key.name;
        if (store.dead_letters(session.key.tenant, query).size() != letters) return "a dead letter is wrong";
        return {};
    }

    static std::string judge_positions(storage::Store& store, TenantId const& tenant, std::size_t count)
    {
        storage::EventQuery query;
        query.tenant = tenant;
        query.limit = 10'000;
        query.max_bytes = SIZE_MAX;
        auto const found = store.events(query).events;
        if (found.size() != count) return "the tenant's log is not the sum of its sessions'";
        std::set<std::string> ids;
        std::uint64_t last = 0;
        for (auto const& event : found) {
            if (event.position != last + 1) return "positions are not those given out";
            last = event.position;
            ids.insert(event.id);
            if (store.position_of(tenant, event.id) != event.position) return "an id leads elsewhere";
        }
        if (ids.size() != count) return "an id was given out twice";
        if (store.last_position(tenant) != last) return "the last position is wrong";
        return {};
    }

    /// The store is of use afterwards.
    std::string go_on(storage::Store& store)
    {
        auto const& key = sessions_.front().key;
        if (!store.ensure_tenant(key.tenant)) return "no tenant can be made";
        if (!store.session(key) && !store.insert_session(session_row(key))) return "no session can be made";
        auto const before = store.last_position(key.tenant);
        if (!commit_wait(store, key, event_unit({status_event("after")}))) return "nothing can be committed";
        return store.last_position(key.tenant) == before + 1 ? "" : "the next position is wrong";
    }

    std::filesystem::path file_;
    std::mt19937_64 random_;
    int checkpoint_pages_ = 0;
    std::vector<Expected> sessions_;
    std::unique_ptr<storage::Store> store_;
};

/// Runs many cuts in one directory.
class Laboratory {
public:
    Laboratory()
    {
        storage::StoreOptions options;
        options.file = directory_ / "base.db";
        auto const store = storage::open_store(std::move(options)).value();
        for (auto const& key : session_keys()) {
            store->ensure_tenant(key.tenant).value();
            store->insert_session(session_row(key)).value();
        }
    }

    /// @return what went wrong, or nothing
    std::string cut(std::uint64_t seed, bool ignores_sync)
    {
        for (auto const* suffix : {"", "-wal", "-shm", "-journal"})
            std::filesystem::remove((directory_ / "wagate.db").string() + suffix);
        // Some start with nothing, to cut the making of the database, too.
        bool const is_new = seed % 16 == 0;
        if (!is_new) std::filesystem::copy_file(directory_ / "base.db", directory_ / "wagate.db");
        std::mt19937_64 random{seed};
        CrashDisk::Plan plan;
        plan.seed = random();
        plan.ignores_sync = ignores_sync;
        plan.cut_at = std::uniform_int_distribution<std::size_t>{1, is_new ? 500u : 250u}(random);
        Run run{directory_ / "wagate.db", random()};
        if (!is_new) run.know_sessions();
        {
            CrashDisk disk{plan};
            run.work();
            was_cut_in_work += disk.calls() >= plan.cut_at ? 1 : 0;
            disk.cut_power();
            run.close();
            disk.restore();
        }
        CrashDisk disk{{}}; // never cut: saves the waiting for real syncs
        return run.judge();
    }

    std::size_t was_cut_in_work = 0;

private:
    /// In memory where there is such a place: some thousand runs wait for nothing there.
    static std::filesystem::path parent()
    {
        std::filesystem::path const memory = "/dev/shm";
        return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    }
    TempDir directory_{parent()};
};

} // namespace

TEST_CASE("whatever was acknowledged survives a power cut, and nothing is there in part", "[storage][power]")
{
    auto const first = number_from_environment("WAGATE_POWER_LOSS_FIRST", 1);
    auto const count = number_from_environment("WAGATE_POWER_LOSS_SEEDS", default_seeds);
    Laboratory laboratory;
    for (auto seed = first; seed < first + count; ++seed) {
        auto const problem = laboratory.cut(seed, false);
        INFO("seed " << seed << " (WAGATE_POWER_LOSS_FIRST=" << seed << " WAGATE_POWER_LOSS_SEEDS=1)");
        REQUIRE(problem == "");
    }
    // Cuts behind the end of the work would show little.
    if (count >= 100) CHECK(laboratory.was_cut_in_work > count / 2);
}

TEST_CASE("a disk that does not sync is found out by the same judgement", "[storage][power]")
{
    Laboratory laboratory;
    std::size_t found = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed)
        found += laboratory.cut(seed, true).empty() ? 0 : 1;
    CHECK(found > 10);
}
