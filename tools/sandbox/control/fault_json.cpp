#include "tools/sandbox/control/fault_json.hpp"

#include "protocol/appstate/collection.hpp"

#include <array>

namespace wagate::sandbox {
namespace {

struct Flag {
    std::string_view key;
    bool Faults::* member;
};
constexpr std::array flags{
    Flag{"duplicate", &Faults::duplicate},        Flag{"reorder", &Faults::reorder},
    Flag{"withholdAcks", &Faults::withhold_acks}, Flag{"withholdDelivery", &Faults::withhold_delivery},
    Flag{"halfOpen", &Faults::half_open},         Flag{"noOneTimePrekeys", &Faults::no_one_time_prekeys},
    Flag{"noPings", &Faults::no_pings},           Flag{"ignorePings", &Faults::ignore_pings},
    Flag{"wrongPhash", &Faults::wrong_phash},     Flag{"compress", &Faults::compress},
    Flag{"splitFrames", &Faults::split_frames},
};

struct Count {
    std::string_view key;
    std::uint32_t Faults::* member;
};
constexpr std::array counts{
    Count{"dropAfter", &Faults::drop_after},
    Count{"undecryptable", &Faults::undecryptable},
    Count{"ackErrorCount", &Faults::ack_error_count},
    Count{"appStateConflicts", &Faults::app_state_conflicts},
};

} // namespace

json::object faults_to_json(Faults const& faults)
{
    json::object out;
    for (auto const& flag : flags)
        if (faults.*flag.member) out[flag.key] = true;
    for (auto const& count : counts)
        if (faults.*count.member != 0) out[count.key] = faults.*count.member;
    if (faults.slow.count() != 0) out["slowMs"] = faults.slow.count();
    if (!faults.ack_error.empty()) out["ackError"] = faults.ack_error;
    if (!faults.bad_app_state.empty()) out["badAppState"] = faults.bad_app_state;
    return out;
}

std::optional<Faults> faults_from_json(json::object const& object, std::string& error)
{
    Faults faults;
    auto const take = [&](std::string_view key) -> bool {
        for (auto const& flag : flags) {
            if (flag.key != key) continue;
            auto const value = flag_field(object, key);
            if (value) faults.*flag.member = *value;
            return value.has_value();
        }
        for (auto const& count : counts) {
            if (count.key != key) continue;
            auto const value = number_field(object, key);
            if (value) faults.*count.member = *value;
            return value.has_value();
        }
        if (key == "slowMs") {
            auto const value = number_field(object, key);
            if (value) faults.slow = Milliseconds{*value};
            return value.has_value();
        }
        if (key == "badAppState") {
            auto const value = text_field(object, key);
            if (value) faults.bad_app_state = *value;
            return value && appstate::collection_from_name(*value);
        }
        if (key == "ackError") {
            auto const value = text_field(object, key);
            if (value) faults.ack_error = *value;
            return value.has_value();
        }
        return false;
    };
    for (auto const& entry : object) {
        std::string_view const key{entry.key().data(), entry.key().size()};
        if (take(key)) continue;
        error = "unknown fault or wrong type: " + std::string{key};
        return std::nullopt;
    }
    if (!faults.ack_error.empty() && !object.contains("ackErrorCount")) faults.ack_error_count = 1;
    return faults;
}

} // namespace wagate::sandbox
