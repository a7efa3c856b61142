#pragma once
// Profile, privacy settings, block list, business profiles, contact look-ups (protocol.md 10.5).
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class Profiles {
public:
    Profiles(Core& core, Directory& directory);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
