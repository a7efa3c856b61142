#pragma once
// Networks that a request may come from, and the address it comes from.
#include "api/http/message.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wagate::http {

class Networks {
public:
    /// `10.0.0.0/8`, `2001:db8::/32`, or an address alone. @return nothing when one of them is neither
    static std::optional<Networks> parse(std::vector<std::string> const& networks);
    /// @param address as text; an IPv4 address that is written as IPv6 counts as itself. False for no
    /// address.
    bool contain(std::string_view address) const;
    bool empty() const noexcept;

private:
    struct List;
    std::shared_ptr<List const> list_;
};

/// Whose request it is: the peer's address; behind a trusted proxy the last address of X-Forwarded-For that
/// is no trusted proxy itself. A header that is not a list of addresses is passed over. @param proxies may be
/// null
std::string client_address(Request const& request, Networks const* proxies);

} // namespace wagate::http
