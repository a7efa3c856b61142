#include "tools/sandbox/server/shop.hpp"

#include "protocol/base/encoding.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <algorithm>
#include <charconv>

namespace wagate::sandbox {

using binary::Node;
using stanza::CatalogProduct;

namespace {

constexpr std::size_t most_shown = 100; ///< products of one page
constexpr std::size_t currency_letters = 3;

bool is_set(Node const& iq)
{
    return iq.text("type") == "set";
}

std::optional<std::string> text_in(Node const& node, std::string_view child)
{
    auto const* found = node.child(child);
    if (found == nullptr) return std::nullopt;
    return to_text(found->bytes());
}

std::optional<std::int64_t> number_in(Node const& node, std::string_view child)
{
    auto const text = text_in(node, child);
    std::int64_t number = 0;
    if (!text) return std::nullopt;
    auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
    return number;
}

Node text_node(std::string_view tag, std::string_view text)
{
    return Node{tag}.with_bytes(to_bytes(text));
}

/// The direct path of an address on the media servers, whatever its host.
std::string path_of(std::string_view url)
{
    auto const scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::string{url};
    auto const slash = url.find('/', scheme + 3);
    return slash == std::string_view::npos ? std::string{} : std::string{url.substr(slash)};
}

bool is_possible(Network& network, ShopProduct const& product)
{
    auto const& facts = product.facts;
    if (facts.name.empty() || product.images.empty() || facts.price < 0) return false;
    if (facts.price > 0 && facts.currency.size() != currency_letters) return false;
    return std::all_of(product.images.begin(), product.images.end(),
                       [&](auto const& path) { return network.media().has_path(path); });
}

/// What a client says of a product, on top of what is known. @return false when it makes no sense
bool take(ShopProduct& product, Node const& node)
{
    auto& facts = product.facts;
    auto const put = [&](std::string& field, std::string_view tag) {
        if (auto text = text_in(node, tag)) field = std::move(*text);
    };
    put(facts.name, "name");
    put(facts.description, "description");
    put(facts.retailer_id, "retailer_id");
    put(facts.currency, "currency");
    if (node.child("price") != nullptr) {
        auto const price = number_in(node, "price");
        if (!price) return false;
        facts.price = *price;
    }
    if (node.has("is_hidden")) facts.is_hidden = node.text("is_hidden") == "true";
    if (node.text("compliance_category") == "COUNTRY_ORIGIN_EXEMPT") product.origin_country.clear();
    if (auto const* compliance = node.child("compliance_info"))
        product.origin_country = text_in(*compliance, "country_code_origin").value_or("");
    if (auto const* media = node.child("media")) {
        product.images.clear();
        for (auto const& image : media->children())
            if (image.tag == "image") product.images.push_back(path_of(text_in(image, "url").value_or("")));
    }
    return true;
}

Node product_node(Network const& network, ShopProduct const& product)
{
    auto const& facts = product.facts;
    Node node{"product"};
    node.set("is_hidden", facts.is_hidden ? "true" : "false");
    node.add(text_node("id", facts.id));
    Node media{"media"};
    for (auto const& path : product.images) {
        Node image{"image"};
        image.add(text_node("id", facts.id)).add(text_node("request_image_url", network.http_base + path));
        image.add(text_node("original_image_url", network.http_base + path));
        media.add(std::move(image));
    }
    node.add(std::move(media));
    node.add(Node{"status_info"}
                 .add(text_node("status", facts.review_status))
                 .add(text_node("can_appeal", "false")));
    node.add(text_node("availability", facts.availability));
    node.add(text_node("name", facts.name)).add(text_node("description", facts.description));
    if (!facts.retailer_id.empty()) node.add(text_node("retailer_id", facts.retailer_id));
    if (!facts.url.empty()) node.add(text_node("url", facts.url));
    node.add(text_node("price", std::to_string(facts.price)));
    if (!facts.currency.empty()) node.add(text_node("currency", facts.currency));
    return node;
}

ShopProduct* find_product(Shop& shop, std::string_view id)
{
    auto const found = std::find_if(shop.products.begin(), shop.products.end(),
                                    [&](auto const& product) { return product.facts.id == id; });
    return found == shop.products.end() ? nullptr : &*found;
}

/// Nothing when the cursor was never given out.
std::optional<Node> page_of(Network const& network, Shop const& shop, Node const& asked, bool is_owner)
{
    auto const limit = std::clamp<std::int64_t>(number_in(asked, "limit").value_or(10), 1,
                                                static_cast<std::int64_t>(most_shown));
    auto next = shop.products.begin();
    if (auto const cursor = text_in(asked, "after"); cursor && !cursor->empty()) {
        auto const after = base64_decode(*cursor);
        auto const id = after ? to_text(*after) : std::string{};
        next = std::find_if(next, shop.products.end(),
                            [&](auto const& product) { return product.facts.id == id; });
        if (next == shop.products.end()) return std::nullopt;
        ++next;
    }
    auto const is_shown = [&](auto const& product) { return is_owner || !product.facts.is_hidden; };
    Node page{"product_catalog"};
    std::string last;
    std::int64_t shown = 0;
    for (; next != shop.products.end() && shown < limit; ++next) {
        if (!is_shown(*next)) continue;
        page.add(product_node(network, *next));
        last = next->facts.id;
        ++shown;
    }
    if (std::any_of(next, shop.products.end(), is_shown))
        page.add(Node{"paging"}.add(text_node("after", base64_encode(to_bytes(last)))));
    return page;
}

void show_catalog(Network& network, Connection& connection, Node const& iq, Node const& asked)
{
    auto const jid = asked.jid(asked.tag == "collections" ? "biz_jid" : "jid");
    auto* business = jid ? network.find(*jid) : nullptr;
    if (business == nullptr || business->business_name.empty())
        return connection.send(iq_error(iq, 404, "item-not-found"));
    auto& shop = business->shop;
    bool const is_owner = business == &connection.account();
    if (asked.tag == "product_catalog") {
        auto page = page_of(network, shop, asked, is_owner);
        if (!page) return connection.send(iq_error(iq, 400, "bad-request"));
        return connection.send(iq_result(iq).add(std::move(*page)));
    }
    auto const most = number_in(asked, "collection_limit").value_or(1);
    auto const most_items = number_in(asked, "item_limit").value_or(1);
    Node collections{"collections"};
    for (auto const& collection : shop.collections) {
        if (static_cast<std::int64_t>(collections.children().size()) == most) break;
        Node node{"collection"};
        node.add(text_node("id", collection.id)).add(text_node("name", collection.name));
        node.add(
            Node{"status_info"}.add(text_node("status", "APPROVED")).add(text_node("can_appeal", "false")));
        std::int64_t count = 0;
        for (auto const& id : collection.products) {
            auto const* product = find_product(shop, id);
            if (product == nullptr || (product->facts.is_hidden && !is_owner) || count++ >= most_items)
                continue;
            node.add(product_node(network, *product));
        }
        collections.add(std::move(node));
    }
    connection.send(iq_result(iq).add(std::move(collections)));
}

void change_catalog(Network& network, Connection& connection, Node const& iq, Node const& change)
{
    auto& account = connection.account();
    auto& shop = account.shop;
    if (account.business_name.empty()) return connection.send(iq_error(iq, 403, "forbidden"));
    Node answer{change.tag};
    if (change.tag == "product_catalog_delete") {
        std::int64_t deleted = 0;
        for (auto const& product : change.children()) {
            auto const id = text_in(product, "id").value_or("");
            deleted += static_cast<std::int64_t>(
                std::erase_if(shop.products, [&](auto const& known) { return known.facts.id == id; }));
            for (auto& collection : shop.collections)
                std::erase(collection.products, id);
        }
        answer.set("deleted_count", deleted);
        return connection.send(iq_result(iq).add(std::move(answer)));
    }
    auto const* node = change.child("product");
    if (node == nullptr) return connection.send(iq_error(iq, 400, "bad-request"));
    if (change.tag == "product_catalog_add") {
        ShopProduct product;
        auto const* added =
            take(product, *node) ? add_product(network, account, std::move(product)) : nullptr;
        if (added == nullptr) return connection.send(iq_error(iq, 406, "not-acceptable"));
        answer.add(product_node(network, *added));
    } else {
        auto* known = find_product(shop, text_in(*node, "id").value_or(""));
        if (known == nullptr) return connection.send(iq_error(iq, 404, "item-not-found"));
        auto changed = *known;
        if (!take(changed, *node) || !is_possible(network, changed))
            return connection.send(iq_error(iq, 406, "not-acceptable"));
        *known = std::move(changed);
        answer.add(product_node(network, *known));
    }
    connection.send(iq_result(iq).add(std::move(answer)));
}

bool take_cover(Network& network, Shop& shop, Node const& cover)
{
    auto const id = cover.text("id");
    if (cover.text("op") == "delete") {
        if (id.empty() || shop.cover != id) return false;
        shop.cover.clear();
        return true;
    }
    if (!network.media().is_cover(id, cover.text("token"), cover.text("ts"))) return false;
    shop.cover = id;
    return true;
}

stanza::BusinessHours hours_in(Node const& node)
{
    stanza::BusinessHours hours;
    hours.timezone = node.text("timezone");
    for (auto const& day : node.children())
        hours.days.push_back({day.text("day_of_week"), day.text("mode"), day.integer("open_time").value_or(0),
                              day.integer("close_time").value_or(0)});
    return hours;
}

void change_profile(Network& network, Connection& connection, Node const& iq)
{
    auto& account = connection.account();
    auto const* change = iq.child("business_profile");
    if (account.business_name.empty()) return connection.send(iq_error(iq, 403, "forbidden"));
    if (change == nullptr || change->text("mutation_type") != "delta")
        return connection.send(iq_error(iq, 400, "bad-request"));
    if (auto const* cover = change->child("cover_photo");
        cover != nullptr && !take_cover(network, account.shop, *cover))
        return connection.send(iq_error(iq, 404, "item-not-found"));
    auto& profile = account.shop.profile;
    if (auto text = text_in(*change, "description")) profile.description = std::move(*text);
    if (auto text = text_in(*change, "address")) profile.address = std::move(*text);
    if (auto text = text_in(*change, "email")) profile.email = std::move(*text);
    if (auto const* hours = change->child("business_hours")) profile.hours = hours_in(*hours);
    if (change->child("website") != nullptr) {
        profile.websites.clear();
        for (auto const& child : change->children())
            if (child.tag == "website" && !child.bytes().empty())
                profile.websites.push_back(to_text(child.bytes()));
    }
    connection.send(iq_result(iq));
}

} // namespace

ShopProduct const* add_product(Network& network, Account& account, ShopProduct product)
{
    auto& shop = account.shop;
    if (shop.products.size() == Shop::most_products || !is_possible(network, product)) return nullptr;
    // As long as WhatsApp's.
    product.facts.id = std::to_string(4'000'000'000'000'000 + network.random().below(1'000'000'000));
    while (find_product(shop, product.facts.id) != nullptr)
        product.facts.id += "1";
    product.facts.review_status = "APPROVED";
    product.facts.availability = "in stock";
    network.count("products_added");
    return &shop.products.emplace_back(std::move(product));
}

std::optional<std::string> place_order(Network& network, Account& seller, Account const& buyer,
                                       std::vector<std::pair<std::string, std::int64_t>> const& items)
{
    ShopOrder order;
    for (auto const& [id, quantity] : items) {
        auto const* product = find_product(seller.shop, id);
        if (product == nullptr || product->facts.is_hidden || quantity < 1) return std::nullopt;
        order.items.emplace_back(*product, quantity);
    }
    if (order.items.empty()) return std::nullopt;
    order.token = base64_encode(network.random().bytes(32));
    order.buyer = buyer.lid;
    order.created = network.now_seconds();
    auto const id = std::to_string(700'000'000'000'000 + network.random().below(1'000'000'000));
    seller.shop.orders[id] = std::move(order);
    return id;
}

std::int64_t total_of(ShopOrder const& order)
{
    std::int64_t total = 0;
    for (auto const& [product, quantity] : order.items)
        total += product.facts.price * quantity;
    return total;
}

void handle_business(Network& network, Connection& connection, Node const& iq)
{
    if (is_set(iq)) return change_profile(network, connection, iq);
    auto const* asked = iq.path({"business_profile", "profile"});
    auto const jid = asked == nullptr ? std::nullopt : asked->jid("jid");
    auto const* account = jid ? network.find(*jid) : nullptr;
    Node found{"business_profile"};
    if (account != nullptr && !account->business_name.empty()) {
        auto const& known = account->shop.profile;
        Node profile{"profile"};
        profile.set("jid", *jid);
        profile.add(text_node("description", known.description));
        if (!known.address.empty()) profile.add(text_node("address", known.address));
        if (!known.email.empty()) profile.add(text_node("email", known.email));
        for (auto const& website : known.websites)
            profile.add(text_node("website", website));
        if (known.hours) {
            Node hours{"business_hours"};
            hours.set("timezone", known.hours->timezone);
            for (auto const& day : known.hours->days) {
                Node config{"business_hours_config"};
                config.set("day_of_week", day.day).set("mode", day.mode);
                if (day.mode == "specific_hours")
                    config.set("open_time", day.open).set("close_time", day.close);
                hours.add(std::move(config));
            }
            profile.add(std::move(hours));
        }
        found.add(std::move(profile));
    }
    connection.send(iq_result(iq).add(std::move(found)));
}

void handle_catalog(Network& network, Connection& connection, Node const& iq)
{
    auto const known = is_set(iq)
                           ? std::vector<std::string_view>{"product_catalog_add", "product_catalog_edit",
                                                           "product_catalog_delete"}
                           : std::vector<std::string_view>{"product_catalog", "collections"};
    for (auto const tag : known) {
        auto const* asked = iq.child(tag);
        if (asked == nullptr) continue;
        if (is_set(iq)) return change_catalog(network, connection, iq, *asked);
        return show_catalog(network, connection, iq, *asked);
    }
    connection.send(iq_error(iq, 400, "bad-request"));
}

void handle_order(Network& network, Connection& connection, Node const& iq)
{
    auto const* asked = iq.child("order");
    if (asked == nullptr || is_set(iq)) return connection.send(iq_error(iq, 400, "bad-request"));
    auto const id = asked->text("id");
    for (auto const& [phone, seller] : network.accounts()) {
        auto const found = seller->shop.orders.find(id);
        if (found == seller->shop.orders.end()) continue;
        auto const& order = found->second;
        auto const& account = connection.account();
        bool const may_see = seller.get() == &account || order.buyer == account.lid;
        if (!may_see || text_in(*asked, "token") != order.token)
            return connection.send(iq_error(iq, 403, "forbidden"));
        Node shown{"order"};
        shown.set("id", id).set("creation_ts", order.created);
        auto const& currency = order.items.front().first.facts.currency;
        for (auto const& [product, quantity] : order.items) {
            Node item{"product"};
            item.add(text_node("id", product.facts.id)).add(text_node("name", product.facts.name));
            Node image{"image"};
            image.add(text_node("id", product.facts.id));
            image.add(text_node("url", network.http_base + product.images.front()));
            item.add(std::move(image));
            item.add(text_node("price", std::to_string(product.facts.price)));
            item.add(text_node("currency", product.facts.currency));
            item.add(text_node("quantity", std::to_string(quantity)));
            shown.add(std::move(item));
        }
        Node price{"price"};
        price.add(text_node("subtotal", std::to_string(total_of(order))));
        price.add(text_node("total", std::to_string(total_of(order))));
        price.add(text_node("currency", currency)).add(text_node("price_status", "estimated"));
        shown.add(std::move(price));
        shown.add(Node{"catalog"}.add(text_node("id", seller->phone)));
        return connection.send(iq_result(iq).add(std::move(shown)));
    }
    connection.send(iq_error(iq, 404, "item-not-found"));
}

} // namespace wagate::sandbox
