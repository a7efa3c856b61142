#pragma once
// Catalogues of business accounts, their products and collections, and orders from them: xmlns w:biz:catalog
// and fb:thrift_iq, as Baileys (src/Socket/business.ts) and whatsmeow (business.go) speak them. Requests
// carry no id: Core::ask gives one. Prices count thousandths of the currency's unit, as in product messages.
#include "protocol/binary/node.hpp"

namespace wagate::stanza {

struct ProductImage {
    std::string url;       ///< of the picture as it was uploaded
    std::string small_url; ///< of the size that was asked for
    bool operator==(ProductImage const&) const = default;
};

struct CatalogProduct {
    std::string id;
    std::string retailer_id; ///< the business's own number
    std::string name;
    std::string description;
    std::string url;
    std::string currency; ///< ISO 4217; empty: no price
    std::int64_t price = 0;
    bool is_hidden = false;
    std::string review_status; ///< APPROVED, PENDING, REJECTED …; empty: not said
    std::string availability;  ///< "in stock" …; empty: not said
    std::vector<ProductImage> images;
    bool operator==(CatalogProduct const&) const = default;
};

/// Products of one answer at most; more are not read.
inline constexpr std::size_t max_catalog_products = 500;

struct CatalogPlace {
    int limit = 10;     ///< products at most
    std::string cursor; ///< of the page before; empty: from the beginning
};
struct CatalogPage {
    std::vector<CatalogProduct> products;
    std::string cursor; ///< of the next page; empty: there is none
};
binary::Node catalog_request(Jid const& business, CatalogPlace const& place);
/// Nothing when the answer has no catalogue.
std::optional<CatalogPage> parse_catalog(binary::Node const& reply);

struct ProductCollection {
    std::string id;
    std::string name;
    std::string review_status;
    bool can_appeal = false; ///< against that
    std::vector<CatalogProduct> products;
    bool operator==(ProductCollection const&) const = default;
};
/// @param limit of collections, and of products in each
binary::Node collections_request(Jid const& business, int limit);
std::vector<ProductCollection> parse_collections(binary::Node const& reply);

/// What is said about a product; nothing is not said, so it stays as it is.
struct ProductChange {
    std::optional<std::string> name = {};
    std::optional<std::string> description = {};
    std::optional<std::string> retailer_id = {};
    std::optional<std::int64_t> price = {};
    std::optional<std::string> currency = {};
    std::optional<bool> is_hidden = {};
    /// ISO 3166; empty: exempt from saying.
    std::optional<std::string> origin_country = {};
    std::vector<std::string> images = {}; ///< URLs on the media servers; none: they stay
};
binary::Node product_addition(ProductChange const& product);
binary::Node product_edit(std::string_view id, ProductChange const& change);
binary::Node product_deletion(std::vector<std::string> const& ids);
/// The product as it is after an addition or an edit.
std::optional<CatalogProduct> parse_changed_product(binary::Node const& reply);
/// How many were deleted.
std::int64_t parse_deleted_products(binary::Node const& reply);

struct OrderItem {
    std::string id;
    std::string name;
    std::string currency;
    std::int64_t price = 0; ///< of one
    std::int64_t quantity = 0;
    std::string image_url;
    bool operator==(OrderItem const&) const = default;
};
struct OrderDetails {
    std::string id;
    std::int64_t created = 0; ///< unix seconds; 0: not said
    std::string currency;
    std::int64_t subtotal = 0;
    std::int64_t total = 0;
    std::vector<OrderItem> items;
    bool operator==(OrderDetails const&) const = default;
};
/// @param token of the message that announced it
binary::Node order_request(std::string_view id, std::string_view token);
std::optional<OrderDetails> parse_order(binary::Node const& reply);

} // namespace wagate::stanza
