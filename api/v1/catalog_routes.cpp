#include "api/v1/catalog_routes.hpp"

#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/rejections.hpp"
#include "api/waha/sending.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

#include <boost/json/array.hpp>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::Engine;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using stanza::CatalogProduct;

constexpr std::int64_t most_at_once = 100; // products of a page
constexpr std::int64_t most_collections = 51;
constexpr std::size_t most_pictures = 10;
constexpr double largest_amount = 1e15;
constexpr unsigned picture_side = 1'600; // pixels
constexpr int not_found = 404;

json::object product_json(CatalogProduct const& product)
{
    json::array images;
    for (auto const& image : product.images) {
        json::object entry;
        entry["url"] = image.url;
        entry["smallUrl"] = image.small_url;
        images.push_back(std::move(entry));
    }
    json::object out;
    out["id"] = product.id;
    out["retailerId"] = product.retailer_id;
    out["name"] = product.name;
    out["description"] = product.description;
    out["url"] = product.url;
    out["currency"] = product.currency;
    out["priceAmount1000"] = product.price;
    out["isHidden"] = product.is_hidden;
    out["reviewStatus"] = product.review_status;
    out["availability"] = product.availability;
    out["images"] = std::move(images);
    return out;
}

json::array products_json(std::vector<CatalogProduct> const& products)
{
    json::array out;
    for (auto const& product : products)
        out.emplace_back(product_json(product));
    return out;
}

/// @param what was not there when the server says 404
Response refused(gateway::Rejection const& rejection, SessionKey const& session, std::string_view what)
{
    if (rejection.code == gateway::GatewayErrc::rejected_by_server && rejection.server_code == not_found)
        return http::problem(404, std::string{what});
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

std::vector<Field> product_fields()
{
    return {
        Field::text("description").size_between(0, 5'000),
        Field::text("retailerId").size_between(0, 100),
        Field::integer("priceAmount1000").between(0, largest_amount),
        Field::text("currency").size_between(3, 3),
        Field::boolean("isHidden"),
    };
}

http::Shape const& create_shape()
{
    static http::Shape const shape = [] {
        http::Shape made{product_fields()};
        made.fields.push_back(Field::text("name").required().size_between(1, 150));
        made.fields.push_back(Field::text("originCountry").size_between(0, 2));
        made.fields.push_back(Field::list("images", Field::object("image", waha::file_shape()))
                                  .required()
                                  .size_between(1, most_pictures));
        return made;
    }();
    return shape;
}

http::Shape const& edit_shape()
{
    static http::Shape const shape = [] {
        http::Shape made{product_fields()};
        made.fields.push_back(Field::text("name").size_between(1, 150));
        made.fields.push_back(
            Field::list("images", Field::object("image", waha::file_shape())).size_between(0, most_pictures));
        return made;
    }();
    return shape;
}

http::Shape const& send_shape()
{
    static http::Shape const shape = waha::sending_shape({
        Field::text("body").size_between(0, 4'096),
        Field::text("footer").size_between(0, 1'024),
        Field::object("image", waha::file_shape()),
    });
    return shape;
}

stanza::ProductChange to_change(json::object const& body)
{
    stanza::ProductChange change;
    change.name = http::text_at(body, "name");
    change.description = http::text_at(body, "description");
    change.retailer_id = http::text_at(body, "retailerId");
    change.currency = http::text_at(body, "currency");
    if (auto const price = http::number_at(body, "priceAmount1000"))
        change.price = static_cast<std::int64_t>(*price);
    if (body.contains("isHidden")) change.is_hidden = http::flag_at(body, "isHidden", false);
    return change;
}

std::vector<gateway::FileSource> take_pictures(json::object& body, std::vector<std::string>& problems)
{
    std::vector<gateway::FileSource> pictures;
    auto* list = body.if_contains("images");
    if (list == nullptr || !list->is_array()) return pictures;
    for (auto& image : list->get_array())
        pictures.push_back(
            waha::take_file(image.get_object(), problems, "images." + std::to_string(pictures.size())));
    return pictures;
}

message::Product to_message(CatalogProduct const& product, Jid const& owner, json::object const& body)
{
    message::Product out;
    out.id = product.id;
    out.retailer_id = product.retailer_id;
    out.title = product.name;
    out.description = product.description;
    out.currency = product.currency;
    out.price_thousandths = product.price;
    out.url = product.url;
    out.image_count = static_cast<std::uint32_t>(product.images.size());
    out.owner = owner;
    out.body = http::text_at(body, "body").value_or("");
    out.footer = http::text_at(body, "footer").value_or("");
    return out;
}

/// Nothing, with a problem, for what is nobody.
std::optional<Jid> business_in(std::string const& text, std::vector<std::string>& problems)
{
    auto const business = gateway::parse_chat(text);
    if (business && business->is_user()) return business;
    problems.emplace_back("contactId must be a phone number or a person's id");
    return std::nullopt;
}

} // namespace

void CatalogRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    auto const add_files = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this), body_bytes_);
    };
    add("GET", "/api/v1/{session}/catalog", &CatalogRoutes::own_catalog);
    add("GET", "/api/v1/{session}/catalog/{contactId}", &CatalogRoutes::catalog_of);
    add("GET", "/api/v1/{session}/collections", &CatalogRoutes::collections);
    add_files("POST", "/api/v1/{session}/products", &CatalogRoutes::create);
    add_files("PATCH", "/api/v1/{session}/products/{productId}", &CatalogRoutes::edit);
    add("DELETE", "/api/v1/{session}/products/{productId}", &CatalogRoutes::remove);
    add_files("POST", "/api/v1/{session}/products/{productId}/send", &CatalogRoutes::send);
    add("GET", "/api/v1/{session}/orders/{orderId}", &CatalogRoutes::order);
}

Task<Response> CatalogRoutes::own_catalog(Call call)
{
    auto showing = catalog(std::move(call), std::nullopt);
    co_return co_await std::move(showing);
}

Task<Response> CatalogRoutes::catalog_of(Call call)
{
    std::vector<std::string> problems;
    auto const business = business_in(call.parameter("contactId"), problems);
    if (!business) co_return http::invalid_request(problems);
    auto showing = catalog(std::move(call), business);
    co_return co_await std::move(showing);
}

Task<Response> CatalogRoutes::catalog(Call call, std::optional<Jid> business)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    stanza::CatalogPlace place;
    place.limit = static_cast<int>(rules.integer("limit", 1, most_at_once).value_or(place.limit));
    place.cursor = rules.text("cursor").value_or("");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto question = [business, place](Engine& engine, auto done) {
        engine.shop().catalog(business, place, std::move(done));
    };
    auto asking = gateway::ask_for<stanza::CatalogPage>(gateway_, session, std::move(question));
    auto const page = co_await std::move(asking);
    if (!page) co_return refused(page.error(), session, "This account has no catalogue");
    json::object out;
    out["products"] = products_json(page->products);
    out["cursor"] = nullptr;
    if (!page->cursor.empty()) out["cursor"] = page->cursor;
    co_return http::json_response(200, out);
}

Task<Response> CatalogRoutes::collections(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto const limit =
        static_cast<int>(rules.integer("limit", 1, most_collections).value_or(most_collections));
    std::optional<Jid> business;
    if (auto const contact = rules.text("contactId")) business = business_in(*contact, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    using Collections = std::vector<stanza::ProductCollection>;
    auto question = [business, limit](Engine& engine, auto done) {
        engine.shop().collections(business, limit, std::move(done));
    };
    auto asking = gateway::ask_for<Collections>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), session, "This account has no catalogue");
    json::array out;
    for (auto const& collection : *found) {
        json::object entry;
        entry["id"] = collection.id;
        entry["name"] = collection.name;
        entry["reviewStatus"] = collection.review_status;
        entry["canAppeal"] = collection.can_appeal;
        entry["products"] = products_json(collection.products);
        out.push_back(std::move(entry));
    }
    co_return http::json_response(200, out);
}

Task<gateway::Outcome<std::vector<std::string>>>
CatalogRoutes::upload(SessionKey session, std::vector<gateway::FileSource> pictures)
{
    std::vector<std::string> urls;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        gateway::PictureFit fit{picture_side, false, "images." + std::to_string(i) + ".url"};
        auto uploading = media_.upload_picture(session, std::move(pictures[i]), std::move(fit),
                                               media::MediaType::product_image);
        auto uploaded = co_await std::move(uploading);
        if (!uploaded) co_return uploaded.error();
        urls.push_back(std::move(uploaded->url));
    }
    co_return urls;
}

Task<Response> CatalogRoutes::create(Call call)
{
    std::vector<std::string> problems;
    auto body = http::accept_body(call.request.body, create_shape(), unknown_, problems);
    call.request.body = {};
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto change = to_change(body);
    if (change.price.value_or(0) > 0 && !change.currency)
        problems.emplace_back("currency should be given with a price");
    auto pictures = take_pictures(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    change.is_hidden = change.is_hidden.value_or(false);
    change.origin_country = http::text_at(body, "originCountry").value_or("");
    auto const session = waha::session_of(call);
    auto uploading = upload(session, std::move(pictures));
    auto urls = co_await std::move(uploading);
    if (!urls) co_return refused(urls.error(), session, "No such product");
    change.images = std::move(*urls);
    auto question = [change = std::move(change)](Engine& engine, auto done) {
        engine.shop().create(change, std::move(done));
    };
    auto asking = gateway::ask_for<CatalogProduct>(gateway_, session, std::move(question));
    auto const made = co_await std::move(asking);
    if (!made) co_return refused(made.error(), session, "No such product");
    co_return http::json_response(201, product_json(*made));
}

Task<Response> CatalogRoutes::edit(Call call)
{
    std::vector<std::string> problems;
    auto body = http::accept_body(call.request.body, edit_shape(), unknown_, problems);
    call.request.body = {};
    if (!problems.empty()) co_return http::invalid_request(problems);
    if (body.empty()) problems.emplace_back("at least one field should be given");
    auto change = to_change(body);
    auto pictures = take_pictures(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto uploading = upload(session, std::move(pictures));
    auto urls = co_await std::move(uploading);
    if (!urls) co_return refused(urls.error(), session, "No such product");
    change.images = std::move(*urls);
    auto question = [id = call.parameter("productId"), change = std::move(change)](
                        Engine& engine, auto done) { engine.shop().edit(id, change, std::move(done)); };
    auto asking = gateway::ask_for<CatalogProduct>(gateway_, session, std::move(question));
    auto const now = co_await std::move(asking);
    if (!now) co_return refused(now.error(), session, "No such product");
    co_return http::json_response(200, product_json(*now));
}

Task<Response> CatalogRoutes::remove(Call call)
{
    auto const session = waha::session_of(call);
    auto question = [id = call.parameter("productId")](Engine& engine, auto done) {
        engine.shop().remove({id}, std::move(done));
    };
    auto asking = gateway::ask_for<std::int64_t>(gateway_, session, std::move(question));
    auto const deleted = co_await std::move(asking);
    if (!deleted) co_return refused(deleted.error(), session, "No such product");
    if (*deleted == 0) co_return http::problem(404, "No such product");
    json::object out;
    out["success"] = true;
    co_return http::json_response(200, out);
}

Task<Response> CatalogRoutes::send(Call call)
{
    auto asked = waha::Sending(gateway_, unknown_, links_).accept(call, send_shape());
    call.request.body = {};
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    gateway::MediaDraft draft;
    draft.kind = message::MediaKind::image;
    if (auto* image = asked.body.if_contains("image"))
        draft.source = waha::take_file(image->get_object(), asked.problems, "image");
    if (!asked.problems.empty()) co_return http::invalid_request(asked.problems);
    struct Found {
        std::optional<CatalogProduct> product;
        Jid owner;
    };
    auto question = [id = call.parameter("productId")](Engine& engine, auto done) {
        auto answer = [&engine, done](Result<std::optional<CatalogProduct>> product) {
            if (!product) return done(Result<Found>{product.error()});
            done(Result<Found>{Found{std::move(*product), engine.shop().own()}});
        };
        engine.shop().find_product(std::nullopt, id, std::move(answer));
    };
    auto asking = gateway::ask_for<Found>(gateway_, asked.session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return refused(found.error(), asked.session, "This account has no catalogue");
    if (!found->product) co_return http::problem(404, "No such product");
    auto const& product = *found->product;
    if (draft.source.url.empty() && draft.source.base64.empty()) {
        if (product.images.empty())
            co_return http::invalid_request({"image should be given: the product has none"});
        draft.source.url = product.images.front().url;
    }
    draft.product = to_message(product, found->owner, asked.body);
    draft.reply_to = asked.reply_to();
    auto request = asked.to_request();
    auto const chat = request.chat;
    auto sending = media_.send(asked.session, std::move(request), std::move(draft));
    auto const sent = co_await std::move(sending);
    co_return waha::sent_response(sent, asked.session, chat, links_.of(asked.session));
}

Task<Response> CatalogRoutes::order(Call call)
{
    std::vector<std::string> problems;
    auto const token = http::QueryRules(call.query, problems).required_text("token");
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto question = [id = call.parameter("orderId"), token](Engine& engine, auto done) {
        engine.shop().order(id, token, std::move(done));
    };
    auto asking = gateway::ask_for<stanza::OrderDetails>(gateway_, session, std::move(question));
    auto const order = co_await std::move(asking);
    if (!order) co_return refused(order.error(), session, "No such order");
    json::array items;
    for (auto const& item : order->items) {
        json::object entry;
        entry["id"] = item.id;
        entry["name"] = item.name;
        entry["currency"] = item.currency;
        entry["priceAmount1000"] = item.price;
        entry["quantity"] = item.quantity;
        entry["imageUrl"] = item.image_url;
        items.push_back(std::move(entry));
    }
    json::object out;
    out["id"] = call.parameter("orderId");
    out["createdAt"] = nullptr;
    if (order->created != 0) out["createdAt"] = order->created;
    out["currency"] = order->currency;
    out["subtotalAmount1000"] = order->subtotal;
    out["totalAmount1000"] = order->total;
    out["items"] = std::move(items);
    co_return http::json_response(200, out);
}

} // namespace wagate::v1
