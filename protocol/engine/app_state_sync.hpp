#pragma once
// Fetches, applies and pushes app state: settings that all devices of the account share (protocol.md 9.1 to 9.6).
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class AppStateSync {
public:
    AppStateSync(Core& core, Directory& directory);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
