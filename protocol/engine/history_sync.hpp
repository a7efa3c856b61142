#pragma once
// The phone's history (protocol.md 9.7).
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class HistorySync {
public:
    HistorySync(Core& core, Directory& directory);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
