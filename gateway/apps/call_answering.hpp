#pragma once
// The app that rejects calls.
#include "gateway/apps/apps.hpp"

namespace wagate::gateway {

/// Handles one event of the app's session. @return false: again later
Task<bool> answer_call(Gateway& gateway, SessionKey session, CallsApp const& app,
                       storage::StoredEvent const& event);

} // namespace wagate::gateway
