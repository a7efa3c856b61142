#pragma once
// What a business account offers: its profile, catalogue, and the orders it has got. Plain state; the rules
// are in server/shop.cpp.
#include "protocol/stanza/catalog.hpp"
#include "protocol/stanza/profiles.hpp"

#include <map>

namespace wagate::sandbox {

struct ShopProduct {
    stanza::CatalogProduct facts;    ///< without images
    std::vector<std::string> images; ///< direct paths on the media servers
    std::string origin_country;      ///< empty: not said, or exempt
};

struct ShopCollection {
    std::string id;
    std::string name;
    std::vector<std::string> products; ///< ids
};

struct ShopOrder {
    std::string token;
    std::string buyer; ///< LID user
    std::int64_t created = 0;
    /// As they were when they were ordered.
    std::vector<std::pair<ShopProduct, std::int64_t>> items;
};

struct Shop {
    static constexpr std::size_t most_products = 500;

    stanza::BusinessProfile profile;
    std::string cover;                 ///< id of the cover photo; empty: none
    std::vector<ShopProduct> products; ///< newest last
    std::vector<ShopCollection> collections;
    std::map<std::string, ShopOrder> orders; ///< by id
};

} // namespace wagate::sandbox
