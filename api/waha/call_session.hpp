#pragma once
// The session that a call means: always inside the caller's tenant.
#include "api/http/router.hpp"

namespace wagate::waha {

inline SessionKey session_in(http::Call const& call, std::string name)
{
    return SessionKey{call.principal.tenant, SessionName(std::move(name))};
}

/// The one named in the path.
inline SessionKey session_of(http::Call const& call)
{
    return session_in(call, call.parameter("session"));
}

} // namespace wagate::waha
