#include "protocol/stanza/catalog.hpp"

#include "protocol/stanza/iq.hpp"

#include <charconv>

namespace wagate::stanza {

using binary::Node;
using binary::Nodes;

namespace {

constexpr std::string_view catalog_xmlns = "w:biz:catalog";
constexpr std::string_view picture_side = "100"; // pixels of the small pictures
constexpr std::size_t longest_text = 16'384;
constexpr std::size_t most_images = 20;
constexpr std::size_t most_collections = 200;

Node text_node(std::string_view tag, std::string_view text)
{
    return Node{tag}.with_bytes(to_bytes(view(text)));
}

std::string text_of(Node const* node, std::string_view child)
{
    auto const* found = node == nullptr ? nullptr : node->child(child);
    if (found == nullptr) return {};
    return to_text(found->bytes()).substr(0, longest_text);
}

/// 0 for what is no number; a fraction is cut off.
std::int64_t number_of(Node const* node, std::string_view child)
{
    auto const text = text_of(node, child);
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void add_picture_size(Node& node)
{
    node.add(text_node("width", picture_side));
    node.add(text_node("height", picture_side));
}

CatalogProduct to_product(Node const& node)
{
    CatalogProduct product;
    product.id = text_of(&node, "id");
    product.retailer_id = text_of(&node, "retailer_id");
    product.name = text_of(&node, "name");
    product.description = text_of(&node, "description");
    product.url = text_of(&node, "url");
    product.currency = text_of(&node, "currency");
    product.price = number_of(&node, "price");
    product.is_hidden = node.text("is_hidden") == "true";
    product.review_status = text_of(node.child("status_info"), "status");
    product.availability = text_of(&node, "availability");
    auto const* media = node.child("media");
    if (media == nullptr) return product;
    for (auto const& image : media->children()) {
        if (image.tag != "image" || product.images.size() == most_images) continue;
        product.images.push_back(
            {text_of(&image, "original_image_url"), text_of(&image, "request_image_url")});
    }
    return product;
}

std::vector<CatalogProduct> products_in(Node const& node)
{
    std::vector<CatalogProduct> products;
    for (auto const& child : node.children())
        if (child.tag == "product" && products.size() < max_catalog_products)
            products.push_back(to_product(child));
    return products;
}

Node to_node(std::optional<std::string_view> id, ProductChange const& product)
{
    Node node{"product"};
    auto const say = [&](std::string_view tag, std::optional<std::string> const& text) {
        if (text) node.add(text_node(tag, *text));
    };
    if (id) node.add(text_node("id", *id));
    say("name", product.name);
    say("description", product.description);
    say("retailer_id", product.retailer_id);
    if (!product.images.empty()) {
        Node media{"media"};
        for (auto const& url : product.images)
            media.add(Node{"image"}.add(text_node("url", url)));
        node.add(std::move(media));
    }
    if (product.price) node.add(text_node("price", std::to_string(*product.price)));
    say("currency", product.currency);
    if (product.origin_country && product.origin_country->empty())
        node.set("compliance_category", "COUNTRY_ORIGIN_EXEMPT");
    else if (product.origin_country)
        node.add(Node{"compliance_info"}.add(text_node("country_code_origin", *product.origin_country)));
    if (product.is_hidden) node.set("is_hidden", *product.is_hidden ? "true" : "false");
    return node;
}

Node change_request(std::string_view tag, Node product)
{
    Node change{tag};
    change.set("v", "1").add(std::move(product));
    add_picture_size(change);
    return make_iq({}, IqType::set, catalog_xmlns, {std::move(change)});
}

} // namespace

Node catalog_request(Jid const& business, CatalogPlace const& place)
{
    Node catalog{"product_catalog"};
    catalog.set("jid", business.bare()).set("allow_shop_source", "true");
    catalog.add(text_node("limit", std::to_string(place.limit)));
    add_picture_size(catalog);
    if (!place.cursor.empty()) catalog.add(text_node("after", place.cursor));
    return make_iq({}, IqType::get, catalog_xmlns, {std::move(catalog)});
}

std::optional<CatalogPage> parse_catalog(Node const& reply)
{
    auto const* catalog = reply.child("product_catalog");
    if (catalog == nullptr) return std::nullopt;
    return CatalogPage{products_in(*catalog), text_of(catalog->child("paging"), "after")};
}

Node collections_request(Jid const& business, int limit)
{
    Node collections{"collections"};
    collections.set("biz_jid", business.bare());
    collections.add(text_node("collection_limit", std::to_string(limit)));
    collections.add(text_node("item_limit", std::to_string(limit)));
    add_picture_size(collections);
    return make_iq({}, IqType::get, catalog_xmlns, {std::move(collections)}).set("smax_id", "35");
}

std::vector<ProductCollection> parse_collections(Node const& reply)
{
    std::vector<ProductCollection> found;
    auto const* collections = reply.child("collections");
    if (collections == nullptr) return found;
    for (auto const& node : collections->children()) {
        if (node.tag != "collection" || found.size() == most_collections) continue;
        auto const* info = node.child("status_info");
        found.push_back({text_of(&node, "id"), text_of(&node, "name"), text_of(info, "status"),
                         text_of(info, "can_appeal") == "true", products_in(node)});
    }
    return found;
}

Node product_addition(ProductChange const& product)
{
    return change_request("product_catalog_add", to_node(std::nullopt, product));
}

Node product_edit(std::string_view id, ProductChange const& change)
{
    return change_request("product_catalog_edit", to_node(id, change));
}

Node product_deletion(std::vector<std::string> const& ids)
{
    Node change{"product_catalog_delete"};
    change.set("v", "1");
    for (auto const& id : ids)
        change.add(Node{"product"}.add(text_node("id", id)));
    return make_iq({}, IqType::set, catalog_xmlns, {std::move(change)});
}

std::optional<CatalogProduct> parse_changed_product(Node const& reply)
{
    for (auto const* tag : {"product_catalog_add", "product_catalog_edit"})
        if (auto const* product = reply.path({tag, "product"})) return to_product(*product);
    return std::nullopt;
}

std::int64_t parse_deleted_products(Node const& reply)
{
    auto const* answer = reply.child("product_catalog_delete");
    return answer == nullptr ? 0 : answer->integer("deleted_count").value_or(0);
}

Node order_request(std::string_view id, std::string_view token)
{
    Node size{"image_dimensions"};
    add_picture_size(size);
    Node order{"order"};
    order.set("op", "get").set("id", id).add(std::move(size)).add(text_node("token", token));
    return make_iq({}, IqType::get, "fb:thrift_iq", {std::move(order)}).set("smax_id", "5");
}

std::optional<OrderDetails> parse_order(Node const& reply)
{
    auto const* order = reply.child("order");
    if (order == nullptr) return std::nullopt;
    OrderDetails details;
    details.id = order->text("id");
    details.created = order->integer("creation_ts").value_or(0);
    auto const* price = order->child("price");
    details.currency = text_of(price, "currency");
    details.subtotal = number_of(price, "subtotal");
    details.total = number_of(price, "total");
    for (auto const& node : order->children()) {
        if (node.tag != "product" || details.items.size() == max_catalog_products) continue;
        details.items.push_back({text_of(&node, "id"), text_of(&node, "name"), text_of(&node, "currency"),
                                 number_of(&node, "price"), number_of(&node, "quantity"),
                                 text_of(node.child("image"), "url")});
    }
    return details;
}

} // namespace wagate::stanza
