#pragma once
// Watches what clients send for the one mistake that Signal never forgives: two messages under one message
// key. The server cannot read messages, but ratchet key and counter, which name the message key, are in the
// open.
#include "protocol/binary/node.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace wagate::sandbox {

class CiphertextWatch {
public:
    /// @param remembered the newest message keys that are known; older ones are forgotten
    explicit CiphertextWatch(std::size_t remembered = 200'000) : remembered_(remembered) {}

    /// @param sender, recipient devices, always in the same addressing form
    /// @return false when another ciphertext was seen under the same message key. The same bytes again are
    /// fine, and so is what is no message of a pairwise session.
    bool is_unique(Jid const& sender, Jid const& recipient, binary::Node const& enc);

private:
    std::size_t remembered_;
    std::unordered_map<std::string, std::uint64_t> seen_; ///< message key's name to the ciphertext's hash
    std::deque<std::string> order_;
};

} // namespace wagate::sandbox
