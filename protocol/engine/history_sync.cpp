#include "protocol/engine/history_sync.hpp"

namespace wagate::engine {

HistorySync::HistorySync(Core& core, Directory& directory) : core_(core), directory_(directory) {}

} // namespace wagate::engine
