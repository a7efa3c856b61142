#pragma once
// Groups and communities (protocol.md 10.1): what is known of them, asking, changing, notifications.
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class Groups {
public:
    Groups(Core& core, Directory& directory);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
