#include "storage/lane_queue.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::test;
using storage::LaneQueue;

namespace {

class SizedJob final : public storage::WriteJob {
public:
    SizedJob(std::string lane, std::size_t bytes, int number = 0)
        : number(number), lane_(std::move(lane)), bytes_(bytes)
    {}
    Result<void> apply(storage::sqlite::Database&) override { return {}; }
    void finish(Result<void>) override {}
    std::size_t bytes() const noexcept override { return bytes_; }
    std::string_view lane() const noexcept override { return lane_; }
    bool waits_for_space() const noexcept override { return number % 2 == 0; }

    int const number;

private:
    std::string lane_;
    std::size_t bytes_;
};

std::size_t bytes_of(LaneQueue::Jobs const& jobs, std::string_view lane)
{
    std::size_t bytes = 0;
    for (auto const& job : jobs)
        if (job->lane() == lane) bytes += job->bytes();
    return bytes;
}

} // namespace

TEST_CASE_METHOD(StoreFixture, "a tenant's flood does not delay another tenant's commit", "[storage][writer]")
{
    std::promise<void> entered;
    std::promise<void> release;
    store->commit(a, record_unit("k", "first"), [&](Result<void>) {
        entered.set_value();
        release.get_future().wait();
    });
    entered.get_future().wait();
    std::atomic<int> of_a = 0;
    for (int i = 0; i < 10'000; ++i)
        store->commit(a, record_unit("k", "v"), [&](Result<void>) { ++of_a; });
    std::promise<int> before_b;
    store->commit(b, record_unit("k", "v"), [&](Result<void>) { before_b.set_value(of_a); });
    release.set_value();
    CHECK(before_b.get_future().get() < static_cast<int>(LaneQueue::max_batch_jobs));
    store.reset();
    CHECK(of_a == 10'000);
}

TEST_CASE("lanes share a batch by bytes, whatever the size of their jobs", "[storage][writer]")
{
    LaneQueue queue;
    for (int i = 0; i < 300; ++i)
        queue.push(std::make_unique<SizedJob>("small", 16'000));
    for (int i = 0; i < 100; ++i)
        queue.push(std::make_unique<SizedJob>("large", 160'000));
    auto const batch = queue.take_batch();
    auto const small = bytes_of(batch, "small");
    auto const large = bytes_of(batch, "large");
    CHECK(small + large >= LaneQueue::max_batch_bytes);
    CHECK(small + large < LaneQueue::max_batch_bytes + 160'000);
    CHECK(small < large + 200'000);
    CHECK(large < small + 200'000);
}

TEST_CASE("more lanes than a batch has room for are served one after the other", "[storage][writer]")
{
    LaneQueue queue;
    for (int lane = 0; lane < 600; ++lane)
        for (int i = 0; i < 2; ++i)
            queue.push(std::make_unique<SizedJob>("tenant-" + std::to_string(lane), 10'000, i));
    std::map<std::string, int> served;
    for (int batch = 0; batch < 3; ++batch)
        for (auto const& job : queue.take_batch())
            ++served[std::string{job->lane()}];
    CHECK(served.size() == 600);
}

TEST_CASE("jobs of one lane keep their order, and impatient ones leave it", "[storage][writer]")
{
    LaneQueue queue;
    for (int i = 0; i < 6; ++i)
        queue.push(std::make_unique<SizedJob>(i < 5 ? "a" : "b", 100, i));
    auto const impatient = queue.take_impatient();
    CHECK(impatient.size() == 3);
    std::vector<int> order;
    for (auto const& job : queue.take_batch())
        order.push_back(static_cast<SizedJob const&>(*job).number);
    CHECK(order == std::vector{0, 2, 4});
    CHECK(queue.empty());
    queue.push(std::make_unique<SizedJob>("a", 100u << 20));
    CHECK(queue.take_batch().size() == 1);
}
