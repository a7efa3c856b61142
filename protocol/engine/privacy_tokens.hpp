#pragma once
// Tokens that show others that this account may write to them (protocol.md 7.10).
#include "protocol/engine/directory.hpp"

namespace wagate::engine {

class PrivacyTokens {
public:
    PrivacyTokens(Core& core, Directory& directory);

private:
    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
