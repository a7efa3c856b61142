#pragma once
// Channels (newsletters, protocol.md 10.2).
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class Channels {
public:
    Channels(Core& core, Directory& directory);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
