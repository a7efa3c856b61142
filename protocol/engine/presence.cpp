#include "protocol/engine/presence.hpp"

namespace wagate::engine {

Presence::Presence(Core& core, Directory& directory) : core_(core), directory_(directory) {}

} // namespace wagate::engine
