#include "api/waha/key_answers.hpp"

#include "api/http/problem.hpp"
#include "api/waha/rejections.hpp"

namespace wagate::waha {

http::Response key_rejection(ErrorCode const& error)
{
    if (error == http::KeyErrc::key_not_found) return http::problem(404, "Key not found");
    return storage_trouble(error);
}

Task<http::Response> erase_key(http::KeyStore& keys, http::Call call)
{
    auto const& id = call.parameter("id");
    if (id == call.principal.key_id) co_return http::problem(422, "A key cannot delete itself");
    auto erasing = keys.erase_key(call.principal.tenant, id);
    auto const erased = co_await std::move(erasing);
    if (!erased) co_return key_rejection(erased.error());
    co_return http::Response{};
}

} // namespace wagate::waha
