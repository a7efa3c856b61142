#include "protocol/engine/profiles.hpp"

namespace wagate::engine {

Profiles::Profiles(Core& core, Directory& directory) : core_(core), directory_(directory) {}

} // namespace wagate::engine
