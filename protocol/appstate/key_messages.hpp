#pragma once
// Messages between a companion and its phone about app-state keys (protocol.md 9.3). Serialized Message; they
// travel as peer messages, and only the own account may send them.
#include "protocol/appstate/errors.hpp"
#include "protocol/base/secret.hpp"
#include "protocol/base/time.hpp"

#include <vector>

namespace wagate::appstate {

struct SharedKey {
    Bytes id;
    Secret<Bytes> data; ///< 32 bytes
    WallTime created{};
    std::uint32_t raw_id = 0; ///< of the account's registration when the key was made
    std::uint32_t current_index = 0;
    std::vector<std::uint32_t> device_indexes; ///< devices that were to have it
};

Bytes key_request_message(std::vector<Bytes> const& key_ids);
Bytes key_share_message(std::vector<SharedKey> const& keys);

/// @return malformed when the message is no key request
Result<std::vector<Bytes>> parse_key_request(ByteView message);
/// Keys without id or data, which say "I do not have it either", are left out.
/// @return malformed when the message is no key share
Result<std::vector<SharedKey>> parse_key_share(ByteView message);
/// One key as it is stored: AppStateSyncKeyData. @return malformed
Result<SharedKey> parse_key_data(ByteView key_id, ByteView key_data);

/// The key to write new patches with: the youngest. nullptr when there is none.
SharedKey const* newest(std::vector<SharedKey> const& keys) noexcept;

} // namespace wagate::appstate
