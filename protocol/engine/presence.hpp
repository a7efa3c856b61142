#pragma once
// Presence and typing, both ways (protocol.md 10.3).
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class Presence {
public:
    Presence(Core& core, Directory& directory);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
