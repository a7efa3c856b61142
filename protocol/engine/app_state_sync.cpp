#include "protocol/engine/app_state_sync.hpp"

namespace wagate::engine {

AppStateSync::AppStateSync(Core& core, Directory& directory) : core_(core), directory_(directory) {}

} // namespace wagate::engine
