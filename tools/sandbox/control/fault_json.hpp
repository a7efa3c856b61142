#pragma once
// Faults as the control API writes them.
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/state/faults.hpp"

namespace wagate::sandbox {

/// Only what is switched on.
json::object faults_to_json(Faults const& faults);
/// @return the faults, or nothing with `error` set for an unknown key or a value of the wrong type
std::optional<Faults> faults_from_json(json::object const& object, std::string& error);

} // namespace wagate::sandbox
