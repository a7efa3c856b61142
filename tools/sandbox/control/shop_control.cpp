#include "tools/sandbox/control/shop_control.hpp"

#include "protocol/base/encoding.hpp"
#include "tools/sandbox/server/shop.hpp"

#include <algorithm>

namespace wagate::sandbox {
namespace {

json::object product_json(ShopProduct const& product)
{
    auto const& facts = product.facts;
    json::object out;
    out["id"] = facts.id;
    out["name"] = facts.name;
    out["description"] = facts.description;
    out["retailerId"] = facts.retailer_id;
    out["url"] = facts.url;
    out["currency"] = facts.currency;
    out["price"] = facts.price;
    out["hidden"] = facts.is_hidden;
    out["originCountry"] = product.origin_country;
    json::array images;
    for (auto const& path : product.images)
        images.emplace_back(path);
    out["images"] = std::move(images);
    return out;
}

HttpResponse shop_json(Account const& account)
{
    auto const& shop = account.shop;
    json::array products, collections, orders;
    for (auto const& product : shop.products)
        products.push_back(product_json(product));
    for (auto const& collection : shop.collections) {
        json::array ids;
        for (auto const& id : collection.products)
            ids.emplace_back(id);
        json::object entry;
        entry["id"] = collection.id;
        entry["name"] = collection.name;
        entry["products"] = std::move(ids);
        collections.push_back(std::move(entry));
    }
    for (auto const& [id, order] : shop.orders) {
        json::object entry;
        entry["id"] = id;
        entry["token"] = order.token;
        entry["total"] = total_of(order);
        orders.push_back(std::move(entry));
    }
    json::array websites;
    for (auto const& website : shop.profile.websites)
        websites.emplace_back(website);
    json::object profile;
    profile["description"] = shop.profile.description;
    profile["address"] = shop.profile.address;
    profile["email"] = shop.profile.email;
    profile["websites"] = std::move(websites);
    profile["timezone"] = nullptr;
    if (shop.profile.hours) profile["timezone"] = shop.profile.hours->timezone;
    json::object out;
    out["profile"] = std::move(profile);
    out["cover"] = shop.cover;
    out["products"] = std::move(products);
    out["collections"] = std::move(collections);
    out["orders"] = std::move(orders);
    return json_response(200, out);
}

HttpResponse make_product(Network& network, Account& account, json::object const& body)
{
    auto const image = base64_decode(text_field(body, "image").value_or(""));
    if (!image || image->empty()) return json_error(400, "image: base64 of a picture");
    ShopProduct product;
    auto& facts = product.facts;
    facts.name = text_field(body, "name").value_or("");
    facts.description = text_field(body, "description").value_or("");
    facts.retailer_id = text_field(body, "retailerId").value_or("");
    facts.url = text_field(body, "url").value_or("");
    facts.currency = text_field(body, "currency").value_or("");
    facts.price = number_field(body, "price").value_or(0);
    facts.is_hidden = flag_field(body, "hidden").value_or(false);
    product.images.push_back(network.media().put(media::MediaType::product_image, *image));
    auto const* added = add_product(network, account, std::move(product));
    if (added == nullptr)
        return json_error(400, "name; a currency of three letters with a price; or too many");
    return json_response(201, product_json(*added));
}

HttpResponse make_collection(Network& network, Account& account, json::object const& body)
{
    ShopCollection collection;
    collection.name = text_field(body, "name").value_or("");
    auto const* products = body.if_contains("products");
    if (collection.name.empty() || products == nullptr || !products->is_array())
        return json_error(400, "name and products, a list of ids, are required");
    for (auto const& id : products->get_array())
        if (id.is_string()) collection.products.emplace_back(id.get_string());
    collection.id = std::to_string(600'000'000'000'000 + network.random().below(1'000'000'000));
    json::object out;
    out["id"] = collection.id;
    account.shop.collections.push_back(std::move(collection));
    return json_response(201, out);
}

HttpResponse make_order(Network& network, Account& buyer, json::object const& body)
{
    auto* seller = network.find_phone(text_field(body, "to").value_or(""));
    if (seller == nullptr || seller == &buyer) return json_error(404, "no such business");
    if (!buyer.handset->online()) return json_error(409, "the phone is offline");
    std::vector<std::pair<std::string, std::int64_t>> items;
    if (auto const* list = body.if_contains("items"); list != nullptr && list->is_array()) {
        for (auto const& item : list->get_array()) {
            if (!item.is_object()) continue;
            items.emplace_back(text_field(item.get_object(), "id").value_or(""),
                               number_field(item.get_object(), "quantity").value_or(1));
        }
    }
    auto const id = place_order(network, *seller, buyer, items);
    if (!id) return json_error(404, "items: products of the business's catalogue");
    auto const& made = seller->shop.orders.at(*id);
    message::Order order;
    order.id = *id;
    order.token = made.token;
    order.title = seller->business_name;
    order.message = text_field(body, "message").value_or("");
    order.seller = seller->phone_jid();
    for (auto const& [product, quantity] : made.items)
        order.item_count += static_cast<std::int32_t>(quantity);
    order.status = 1;
    order.surface = 1;
    order.total_thousandths = total_of(made);
    order.currency = made.items.front().first.facts.currency;
    message::TypedMessage content;
    content.body = std::move(order);
    json::object out;
    out["order"] = *id;
    out["token"] = made.token;
    out["id"] = buyer.handset->send_typed(*seller, std::move(content), JidServer::lid);
    return json_response(201, out);
}

} // namespace

std::optional<HttpResponse> control_shop(Network& network, Account& account, std::string_view method,
                                         std::string_view action, json::object const& body)
{
    if (method == "POST" && action == "orders") return make_order(network, account, body);
    bool const is_shops = action == "shop" || action == "products" || action == "collections";
    if (is_shops && account.business_name.empty()) return json_error(404, "this is no business account");
    if (method == "GET" && action == "shop") return shop_json(account);
    if (method == "POST" && action == "products") return make_product(network, account, body);
    if (method == "POST" && action == "collections") return make_collection(network, account, body);
    return std::nullopt;
}

void add_goods(json::object& entry, ChatMessage const& message)
{
    auto const body = message::parse_body(message.content).body;
    if (auto const* product = std::get_if<message::Product>(&body)) {
        json::object out;
        out["id"] = product->id;
        out["title"] = product->title;
        out["price"] = product->price_thousandths;
        out["currency"] = product->currency;
        out["owner"] = nullptr;
        if (product->owner) out["owner"] = product->owner->to_string();
        out["body"] = product->body;
        out["sha256"] = product->image ? hex_encode(product->image->file.sha256) : "";
        entry["product"] = std::move(out);
    } else if (auto const* order = std::get_if<message::Order>(&body)) {
        json::object out;
        out["id"] = order->id;
        out["token"] = order->token;
        out["total"] = order->total_thousandths;
        entry["order"] = std::move(out);
    }
}

} // namespace wagate::sandbox
