#pragma once
// Where media are uploaded and downloaded (protocol.md 8.3), and asking the phone for media that are gone (8.6).
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class MediaHosts {
public:
    MediaHosts(Core& core, Directory& directory);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
