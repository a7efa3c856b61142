#include "gateway/webhooks/fair_gate.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace wagate;
using namespace wagate::gateway::webhooks;

namespace {

/// Notes the order in which places are granted.
struct Queue {
    explicit Queue(std::size_t places) : gate(places) {}

    FairGate::Ticket ask(std::string const& tenant, std::string const& endpoint = "e")
    {
        return gate.ask(TenantId{tenant}, endpoint,
                        [this, name = tenant + "/" + endpoint] { order.push_back(name); });
    }

    FairGate gate;
    std::vector<std::string> order;
};

std::size_t granted(std::vector<FairGate::Ticket> const& tickets)
{
    std::size_t count = 0;
    for (auto const& ticket : tickets)
        count += FairGate::is_granted(ticket);
    return count;
}

} // namespace

TEST_CASE("a tenant with a thousand hanging endpoints leaves places for others", "[gateway][webhooks]")
{
    Queue queue{512};
    std::vector<FairGate::Ticket> hanging;
    for (int i = 0; i < 1'000; ++i)
        hanging.push_back(queue.ask("greedy", "endpoint" + std::to_string(i)));
    CHECK(granted(hanging) == 256);
    std::vector<FairGate::Ticket> also;
    for (int i = 0; i < 1'000; ++i)
        also.push_back(queue.ask("second", "endpoint" + std::to_string(i)));
    CHECK(granted(also) == 128);
    for (int i = 0; i < 20; ++i)
        CHECK(FairGate::is_granted(queue.ask("modest")));
}

TEST_CASE("every tenant gets a place while there is one, however few there are", "[gateway][webhooks]")
{
    Queue queue{1};
    auto const first = queue.ask("a");
    CHECK(FairGate::is_granted(first));
    auto const second = queue.ask("b");
    CHECK_FALSE(FairGate::is_granted(second));
    queue.gate.leave(first);
    CHECK(FairGate::is_granted(second));
    queue.gate.leave(second);
    CHECK(queue.gate.free() == 1);
}

TEST_CASE("waiting tenants take turns, and so do a tenant's endpoints", "[gateway][webhooks]")
{
    Queue queue{1};
    auto held = queue.ask("x");
    std::vector<FairGate::Ticket> waiting;
    for (auto const* endpoint : {"1", "1", "1", "2"})
        waiting.push_back(queue.ask("a", endpoint));
    for (auto const* endpoint : {"1", "1"})
        waiting.push_back(queue.ask("b", endpoint));
    queue.order.clear();
    queue.gate.leave(held);
    for (std::size_t done = 0; done < waiting.size(); ++done)
        for (auto& ticket : waiting) {
            if (!ticket || !FairGate::is_granted(ticket)) continue;
            queue.gate.leave(std::exchange(ticket, nullptr));
            break;
        }
    CHECK(queue.order == std::vector<std::string>{"a/1", "b/1", "a/2", "b/1", "a/1", "a/1"});
    CHECK(queue.gate.free() == 1);
}

TEST_CASE("who stops waiting is passed over", "[gateway][webhooks]")
{
    Queue queue{1};
    auto const held = queue.ask("x");
    auto const gone = queue.ask("a");
    auto const patient = queue.ask("b");
    queue.gate.leave(gone);
    queue.gate.leave(held);
    CHECK_FALSE(FairGate::is_granted(gone));
    CHECK(FairGate::is_granted(patient));
}
