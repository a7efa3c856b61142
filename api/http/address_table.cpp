#include "api/http/address_table.hpp"

#include <algorithm>

namespace wagate::http {
namespace {

egress::Address plain(egress::Address const& address)
{
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
}

/// The two kinds cannot meet: no IPv6 network in use begins with 32 zero bits.
std::uint64_t client_of(egress::Address const& address)
{
    if (address.is_v4()) return address.to_v4().to_uint();
    std::uint64_t network = 0;
    auto const bytes = address.to_v6().to_bytes();
    for (std::size_t i = 0; i < 8; ++i)
        network = network << 8 | bytes[i];
    return network;
}

} // namespace

std::optional<AddressTable::Seat> AddressTable::enter(egress::Address const& address)
{
    auto const client_address = plain(address);
    if (most_ == 0 || std::any_of(exempt_.begin(), exempt_.end(),
                                  [&](auto const& network) { return network.contains(client_address); }))
        return Seat();
    auto const client = client_of(client_address);
    std::lock_guard const lock(mutex_);
    auto& count = counts_[client];
    if (count >= most_) return std::nullopt;
    ++count;
    return Seat(this, client);
}

std::size_t AddressTable::clients() const
{
    std::lock_guard const lock(mutex_);
    return counts_.size();
}

void AddressTable::leave(std::uint64_t client)
{
    std::lock_guard const lock(mutex_);
    auto const place = counts_.find(client);
    if (place != counts_.end() && --place->second == 0) counts_.erase(place);
}

} // namespace wagate::http
