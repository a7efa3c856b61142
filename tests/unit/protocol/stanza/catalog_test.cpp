// Requests as Baileys 7 and whatsmeow send them, answers as they read them.
#include "protocol/stanza/catalog.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

namespace {

Jid const shop = Jid::phone("4915100000001");

Node leaf(std::string_view tag, std::string_view text)
{
    return Node{tag}.with_bytes(to_bytes(text));
}

std::string inside(Node const& node, std::initializer_list<std::string_view> path)
{
    auto const* found = node.path(path);
    return found == nullptr ? "(none)" : to_text(found->bytes());
}

std::vector<std::string> tags(Node const& node)
{
    std::vector<std::string> names;
    for (auto const& child : node.children())
        names.push_back(child.tag);
    return names;
}

Node bike()
{
    Node image{"image"};
    image.add(leaf("id", "1")).add(leaf("request_image_url", "https://m/small.jpg"));
    image.add(leaf("original_image_url", "https://m/large.jpg"));
    Node product{"product"};
    product.set("is_hidden", "true").add(leaf("id", "4711")).add(Node{"media"}.add(std::move(image)));
    product.add(Node{"status_info"}.add(leaf("status", "APPROVED")));
    product.add(leaf("name", "Bike")).add(leaf("description", "Two wheels")).add(leaf("retailer_id", "B-1"));
    product.add(leaf("url", "https://example.com/b")).add(leaf("price", "499000"));
    return product.add(leaf("currency", "EUR")).add(leaf("availability", "in stock"));
}

CatalogProduct read_bike()
{
    CatalogProduct product{"4711", "B-1",   "Bike", "Two wheels", "https://example.com/b",
                           "EUR",  499'000, true,   "APPROVED",   "in stock",
                           {}};
    product.images.push_back({"https://m/large.jpg", "https://m/small.jpg"});
    return product;
}

} // namespace

TEST_CASE("a catalogue is asked for page by page", "[stanza][catalog]")
{
    auto const first = catalog_request(Jid::phone("4915100000001", 7), {25, {}});
    CHECK(first.text("xmlns") == "w:biz:catalog");
    CHECK(first.text("type") == "get");
    auto const& asked = *first.child("product_catalog");
    CHECK(asked.jid("jid") == shop);
    CHECK(asked.text("allow_shop_source") == "true");
    CHECK(tags(asked) == std::vector<std::string>{"limit", "width", "height"});
    CHECK(inside(asked, {"limit"}) == "25");
    CHECK(inside(catalog_request(shop, {25, "next"}), {"product_catalog", "after"}) == "next");
}

TEST_CASE("an answer has products, and a cursor while there are more", "[stanza][catalog]")
{
    Node catalog{"product_catalog"};
    catalog.add(bike()).add(Node{"paging"}.add(leaf("after", "QUJD")));
    auto const page = parse_catalog(Node{"iq"}.add(std::move(catalog)));
    REQUIRE(page);
    CHECK(page->cursor == "QUJD");
    REQUIRE(page->products.size() == 1);
    CHECK(page->products[0] == read_bike());
    CHECK(parse_catalog(Node{"iq"}.add(Node{"product_catalog"}))->cursor.empty());
    CHECK_FALSE(parse_catalog(Node{"iq"}).has_value());
}

TEST_CASE("what a product lacks is empty, and a price that is none is zero", "[stanza][catalog]")
{
    Node catalog{"product_catalog"};
    catalog.add(Node{"product"}).add(Node{"product"}.add(leaf("price", "cheap"))).add(Node{"other"});
    auto const page = parse_catalog(Node{"iq"}.add(std::move(catalog)));
    REQUIRE(page);
    CHECK(page->products == std::vector<CatalogProduct>(2));
}

TEST_CASE("collections come with their products and what the reviewers say", "[stanza][catalog]")
{
    auto const iq = collections_request(shop, 51);
    CHECK(iq.text("smax_id") == "35");
    CHECK(iq.child("collections")->jid("biz_jid") == shop);
    CHECK(inside(iq, {"collections", "item_limit"}) == "51");
    Node collection{"collection"};
    collection.add(leaf("id", "9")).add(leaf("name", "Spring")).add(bike());
    collection.add(Node{"status_info"}.add(leaf("status", "REJECTED")).add(leaf("can_appeal", "true")));
    auto const found =
        parse_collections(Node{"iq"}.add(Node{"collections"}.add(std::move(collection)).add(Node{"x"})));
    REQUIRE(found.size() == 1);
    CHECK(found[0] == ProductCollection{"9", "Spring", "REJECTED", true, {read_bike()}});
}

TEST_CASE("a new product says where it comes from, or that it need not", "[stanza][catalog]")
{
    ProductChange product;
    product.name = "Bike";
    product.price = 499'000;
    product.currency = "EUR";
    product.is_hidden = false;
    product.origin_country = "";
    product.images = {"https://mmg.whatsapp.net/v/1", "https://mmg.whatsapp.net/v/2"};
    auto const iq = product_addition(product);
    auto const& addition = *iq.child("product_catalog_add");
    CHECK(iq.text("type") == "set");
    CHECK(addition.text("v") == "1");
    CHECK(tags(addition) == std::vector<std::string>{"product", "width", "height"});
    auto const& node = *addition.child("product");
    CHECK(node.text("compliance_category") == "COUNTRY_ORIGIN_EXEMPT");
    CHECK(node.text("is_hidden") == "false");
    CHECK(tags(node) == std::vector<std::string>{"name", "media", "price", "currency"});
    CHECK(node.child("media")->children().size() == 2);
    CHECK(inside(node, {"media", "image", "url"}) == "https://mmg.whatsapp.net/v/1");
    CHECK(inside(node, {"price"}) == "499000");
    product.origin_country = "DE";
    auto const made_in = product_addition(product);
    CHECK_FALSE(made_in.path({"product_catalog_add", "product"})->has("compliance_category"));
    CHECK(inside(made_in, {"product_catalog_add", "product", "compliance_info", "country_code_origin"}) ==
          "DE");
}

TEST_CASE("an edit says what changes and nothing else", "[stanza][catalog]")
{
    ProductChange change;
    change.description = "";
    auto const iq = product_edit("4711", change);
    auto const& node = *iq.path({"product_catalog_edit", "product"});
    CHECK(tags(node) == std::vector<std::string>{"id", "description"});
    CHECK(node.attributes.empty());
    Node answer{"product_catalog_edit"};
    CHECK(parse_changed_product(Node{"iq"}.add(answer.add(bike()))) == read_bike());
    CHECK_FALSE(parse_changed_product(Node{"iq"}.add(Node{"product_catalog_add"})).has_value());
}

TEST_CASE("a deletion tells how many there were", "[stanza][catalog]")
{
    auto const iq = product_deletion({"1", "2"});
    CHECK(iq.child("product_catalog_delete")->children().size() == 2);
    CHECK(inside(iq, {"product_catalog_delete", "product", "id"}) == "1");
    CHECK(parse_deleted_products(Node{"iq"}.add(Node{"product_catalog_delete"}.set("deleted_count", "2"))) ==
          2);
    CHECK(parse_deleted_products(Node{"iq"}) == 0);
}

TEST_CASE("an order is asked for with its token", "[stanza][catalog]")
{
    auto const iq = order_request("77", "dG9rZW4=");
    CHECK(iq.text("xmlns") == "fb:thrift_iq");
    CHECK(iq.text("smax_id") == "5");
    auto const& asked = *iq.child("order");
    CHECK(asked.text("op") == "get");
    CHECK(asked.text("id") == "77");
    CHECK(inside(asked, {"token"}) == "dG9rZW4=");
    CHECK(inside(asked, {"image_dimensions", "width"}) == "100");
    Node item{"product"};
    item.add(leaf("id", "4711")).add(leaf("name", "Bike")).add(leaf("price", "499000"));
    item.add(leaf("currency", "EUR")).add(leaf("quantity", "2"));
    item.add(Node{"image"}.add(leaf("url", "https://m/small.jpg")));
    Node price{"price"};
    price.add(leaf("subtotal", "998000")).add(leaf("total", "998000")).add(leaf("currency", "EUR"));
    Node order{"order"};
    order.set("id", "77").set("creation_ts", "1790000000").add(std::move(item)).add(std::move(price));
    OrderDetails expected{"77", 1'790'000'000, "EUR", 998'000, 998'000, {}};
    expected.items.push_back({"4711", "Bike", "EUR", 499'000, 2, "https://m/small.jpg"});
    CHECK(parse_order(Node{"iq"}.add(std::move(order))) == expected);
    CHECK_FALSE(parse_order(Node{"iq"}).has_value());
}
