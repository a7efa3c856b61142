#pragma once
// Business profiles, catalogues and orders: xmlns w:biz, w:biz:catalog and fb:thrift_iq.
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

void handle_business(Network& network, Connection& connection, binary::Node const& iq);
void handle_catalog(Network& network, Connection& connection, binary::Node const& iq);
void handle_order(Network& network, Connection& connection, binary::Node const& iq);

/// As the user does it on the phone, or a companion. @return null when the product cannot be: no name, no
/// picture, a wrong price, or there are too many
ShopProduct const* add_product(Network& network, Account& account, ShopProduct product);
/// The products of an order. Nothing when one of them is not in the catalogue. @return its id
std::optional<std::string> place_order(Network& network, Account& seller, Account const& buyer,
                                       std::vector<std::pair<std::string, std::int64_t>> const& items);
std::int64_t total_of(ShopOrder const& order);

} // namespace wagate::sandbox
