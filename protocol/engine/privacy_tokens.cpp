#include "protocol/engine/privacy_tokens.hpp"

namespace wagate::engine {

PrivacyTokens::PrivacyTokens(Core& core, Directory& directory) : core_(core), directory_(directory) {}

} // namespace wagate::engine
