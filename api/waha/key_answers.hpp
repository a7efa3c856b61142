#pragma once
// What both views of a tenant's keys answer: WAHA's and ours.
#include "api/http/keys.hpp"
#include "api/http/router.hpp"

namespace wagate::waha {

/// The latest end of a key that is taken, in Unix milliseconds: the year 2100.
inline constexpr double latest_expiry = 4'102'444'800'000;

/// 404 for a key that is not there, else storage_trouble.
http::Response key_rejection(ErrorCode const& error);
/// Deletes the key that the path names as `id`; 422 for the one that asks. `keys` must outlive the task.
Task<http::Response> erase_key(http::KeyStore& keys, http::Call call);

} // namespace wagate::waha
