#include "gateway/telemetry/metrics.hpp"

#include <map>
#include <mutex>

namespace wagate::metrics {
namespace {

struct Registry {
    std::mutex mutex;
    std::map<std::string, Counter, std::less<>> counters;
};

Registry& registry()
{
    // Never destroyed: counters are used by threads that may outlive main().
    static Registry* const instance = new Registry;
    return *instance;
}

} // namespace

Counter& counter(std::string_view name)
{
    auto& shared = registry();
    std::lock_guard lock(shared.mutex);
    auto place = shared.counters.find(name);
    if (place == shared.counters.end()) place = shared.counters.try_emplace(std::string(name)).first;
    return place->second;
}

std::vector<std::pair<std::string, std::int64_t>> snapshot()
{
    auto& shared = registry();
    std::lock_guard lock(shared.mutex);
    std::vector<std::pair<std::string, std::int64_t>> values;
    for (auto const& [name, counter] : shared.counters)
        values.emplace_back(name, counter.value());
    return values;
}

} // namespace wagate::metrics
