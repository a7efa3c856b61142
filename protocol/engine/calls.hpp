#pragma once
// Offers, answers and ends of calls; rejecting them (protocol.md 10.4).
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class Calls {
public:
    Calls(Core& core, Directory& directory);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
