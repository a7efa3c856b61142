#pragma once
// Authenticates a request, finds its endpoint and calls it.
#include "api/http/open_paths.hpp"
#include "api/http/router.hpp"
#include "api/http/tickets.hpp"
#include "gateway/limits/limit_book.hpp"

namespace wagate::http {

/// What a URL may carry of rights.
struct UrlAccess {
    TicketBook* tickets = nullptr; ///< `ticket`, for streams of events; null: none are taken
    bool takes_keys = false;       ///< `x-api-key`: ends up in logs of proxies and in histories of browsers
};

class LoginGuard;
class Networks;

/// Who is served where, when administration has a listener of its own.
enum class Listener : std::uint8_t {
    all,    ///< everything: there is only one
    main,   ///< nothing that only administrators do; their keys are as other keys
    admins, ///< administrators' keys only
};

/// Calls an endpoint; something may be done before and after.
using Caller = std::function<Task<Response>(Route const& route, Call call)>;

/// What a dispatcher may need beside routes and keys; all of it must outlive it.
struct Admissions {
    OpenPaths const* open_paths = nullptr;     ///< what needs no key; null: what the routes say
    LoginGuard* guard = nullptr;               ///< against trying keys; null: none
    Networks const* trusted_proxies = nullptr; ///< whose X-Forwarded-For is believed; null: nobody's
    Listener listener = Listener::all;
    UrlAccess url = {};
    gateway::LimitBook* limits = nullptr; ///< what tenants, sessions and keys may ask; null: all
    Caller const* caller = nullptr;       ///< calls endpoints; null: they are just called
};

/// Thread-safe: reads only. The router, the keys and the admissions must outlive it and every answer under
/// way.
class Dispatcher {
public:
    Dispatcher(Router const& router, KeyStore const& keys, OpenPaths const* open_paths = nullptr) noexcept
        : router_(&router), keys_(&keys)
    {
        admissions_.open_paths = open_paths;
    }
    Dispatcher(Router const& router, KeyStore const& keys, Admissions admissions) noexcept
        : router_(&router), keys_(&keys), admissions_(admissions)
    {}

    /// Below /api an unknown key gives 401 before anything about the path is said. The answer waits for a
    /// turn on the event loop that it runs on: of the tenant, or of the address of somebody without a key.
    Task<Response> operator()(Request request) const;
    /// The same for somebody who was authenticated before, and who has the turn.
    Task<Response> answer_as(Principal principal, Request request) const;
    /// The answer when the request is refused whatever its body says.
    std::optional<Response> refuse(Request const& head) const;
    /// Of the route; 0: the server's usual one.
    std::size_t body_limit(Request const& head) const;

private:
    struct Admission;
    /// Fills `admission`, or says why not. @param known who asks; nothing: the request says it
    std::optional<Response> admit(Request const& request, Admission& admission,
                                  Principal const* known = nullptr) const;
    /// Fills `principal`, or says why not.
    std::optional<Response> authenticate(Request const& request, Query const& query, Route const* route,
                                         Principal& principal) const;
    std::optional<Principal> by_ticket(Query const& query, Route const* route) const;
    std::optional<Response> choose_tenant(Request const& request, Principal& principal) const;
    /// Puts an administrator in the tenant's place; false when there is none, or for others.
    bool take_place(TenantId wanted, Principal& principal) const;
    /// Who reads a path that the operator has opened; nothing when it is not.
    std::optional<Principal> visitor(Request const& request, Route const* route) const;
    Task<Response> call(Request request, Admission admission) const;
    /// @param self stays with the answer
    static Task<Response> answer_in_turn(Dispatcher self, std::string lane, Request request,
                                         Admission admission, std::optional<Response> refusal);

    Router const* router_;
    KeyStore const* keys_;
    Admissions admissions_;
};

} // namespace wagate::http
