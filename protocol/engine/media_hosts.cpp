#include "protocol/engine/media_hosts.hpp"

namespace wagate::engine {

MediaHosts::MediaHosts(Core& core, Directory& directory) : core_(core), directory_(directory) {}

} // namespace wagate::engine
