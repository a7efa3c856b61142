#include "protocol/engine/calls.hpp"

namespace wagate::engine {

Calls::Calls(Core& core, Directory& directory) : core_(core), directory_(directory) {}

} // namespace wagate::engine
