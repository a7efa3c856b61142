#include "api/waha/identity.hpp"

namespace wagate::waha {
namespace {

constexpr char const* platform =
#if defined(__aarch64__)
    "linux/arm64";
#else
    "linux/x64";
#endif

} // namespace

boost::json::object environment(Identity const& identity)
{
    boost::json::object worker;
    worker["id"] = nullptr;
    if (!identity.worker.empty()) worker["id"] = identity.worker;
    boost::json::object out;
    out["version"] = identity.version;
    out["engine"] = engine_name;
    out["tier"] = "CORE";
    out["browser"] = nullptr;
    out["platform"] = platform;
    out["worker"] = std::move(worker);
    out["server"] = identity.program;
    return out;
}

} // namespace wagate::waha
