#pragma once
// How the gateway's own files refuse and how they call the store. Internal to this folder.
#include "gateway/gateway.hpp"
#include "gateway/runtime/blocking_pool.hpp"
#include "gateway/session/refused.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::gateway {

inline Rejection reject(GatewayErrc code)
{
    return refused(code, {});
}

inline Rejection reject(ErrorCode error)
{
    if (error == storage::StoreErrc::already_exists) return reject(GatewayErrc::session_exists);
    if (error == storage::StoreErrc::disk_full) return reject(GatewayErrc::storage_full);
    if (error == RuntimeErrc::overloaded) return reject(GatewayErrc::overloaded);
    return reject(GatewayErrc::storage_failed);
}

/// Calls the store on the pool, in the tenant's lane. A read that fails throws there; here it is an error
/// like others.
template <class Call>
auto run_storage(BlockingPool& pool, Call call, std::string lane = {})
    -> Task<typename detail::Flattened<std::invoke_result_t<Call&>>::type>
{
    auto guarded = [&call]() -> typename detail::Flattened<std::invoke_result_t<Call&>>::type {
        try {
            return call();
        } catch (boost::system::system_error const& failure) {
            return failure.code();
        }
    };
    co_return co_await run_blocking(pool, std::move(guarded), std::move(lane));
}

} // namespace wagate::gateway
