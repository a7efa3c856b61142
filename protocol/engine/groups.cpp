#include "protocol/engine/groups.hpp"

namespace wagate::engine {

Groups::Groups(Core& core, Directory& directory) : core_(core), directory_(directory) {}

} // namespace wagate::engine
