#include "protocol/engine/channels.hpp"

namespace wagate::engine {

Channels::Channels(Core& core, Directory& directory) : core_(core), directory_(directory) {}

} // namespace wagate::engine
