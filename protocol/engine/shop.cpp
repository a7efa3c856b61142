#include "protocol/engine/shop.hpp"

#include "protocol/engine/server_error.hpp"

#include <algorithm>

namespace wagate::engine {

using binary::Node;

namespace {

constexpr int not_found = 404;
constexpr int searched_pages = 20;
constexpr int searched_at_once = 50;

} // namespace

struct Shop::Search {
    Jid business;
    std::string id;
    Done<std::optional<stanza::CatalogProduct>> done;
    stanza::CatalogPlace place{searched_at_once, {}};
    int pages = 0;
};

/// Businesses are asked for by their phone number, as far as it is known.
Jid Shop::address_of(Business const& business) const
{
    if (!business) return own();
    return business->is_lid() ? directory_.phone_of(business->bare()).value_or(business->bare())
                              : business->bare();
}

void Shop::catalog(Business const& of, stanza::CatalogPlace const& place, Done<stanza::CatalogPage> done)
{
    core_.ask(stanza::catalog_request(address_of(of), place), [done = std::move(done)](Result<Node> reply) {
        if (!reply) return done(reply.error());
        auto page = stanza::parse_catalog(*reply);
        if (!page) return done(server_error(not_found));
        done(std::move(*page));
    });
}

void Shop::find_product(Business const& of, std::string const& id,
                        Done<std::optional<stanza::CatalogProduct>> done)
{
    auto const started = std::make_shared<Search>();
    started->business = address_of(of);
    started->id = id;
    started->done = std::move(done);
    search(started);
}

void Shop::search(std::shared_ptr<Search> const& search)
{
    catalog(search->business, search->place, [this, search](Result<stanza::CatalogPage> page) {
        if (!page) return search->done(page.error());
        auto const is_wanted = [&](auto const& product) { return product.id == search->id; };
        auto const found = std::find_if(page->products.begin(), page->products.end(), is_wanted);
        if (found != page->products.end()) return search->done(std::optional{std::move(*found)});
        if (page->cursor.empty() || page->products.empty() || ++search->pages == searched_pages)
            return search->done(std::optional<stanza::CatalogProduct>{});
        search->place.cursor = std::move(page->cursor);
        this->search(search);
    });
}

void Shop::collections(Business const& of, int limit, Done<std::vector<stanza::ProductCollection>> done)
{
    core_.ask(stanza::collections_request(address_of(of), limit),
              [done = std::move(done)](Result<Node> reply) {
                  if (!reply) return done(reply.error());
                  done(stanza::parse_collections(*reply));
              });
}

void Shop::change(Node request, Done<stanza::CatalogProduct> done)
{
    core_.ask(std::move(request), [done = std::move(done)](Result<Node> reply) {
        if (!reply) return done(reply.error());
        auto product = stanza::parse_changed_product(*reply);
        if (!product) return done(EngineErrc::refused);
        done(std::move(*product));
    });
}

void Shop::create(stanza::ProductChange const& product, Done<stanza::CatalogProduct> done)
{
    change(stanza::product_addition(product), std::move(done));
}

void Shop::edit(std::string const& id, stanza::ProductChange const& product_change,
                Done<stanza::CatalogProduct> done)
{
    change(stanza::product_edit(id, product_change), std::move(done));
}

void Shop::remove(std::vector<std::string> const& ids, Done<std::int64_t> done)
{
    core_.ask(stanza::product_deletion(ids), [done = std::move(done)](Result<Node> reply) {
        if (!reply) return done(reply.error());
        done(stanza::parse_deleted_products(*reply));
    });
}

void Shop::order(std::string const& id, std::string const& token, Done<stanza::OrderDetails> done)
{
    core_.ask(stanza::order_request(id, token), [done = std::move(done)](Result<Node> reply) {
        if (!reply) return done(reply.error());
        auto order = stanza::parse_order(*reply);
        if (!order) return done(server_error(not_found));
        done(std::move(*order));
    });
}

void Shop::ask_to(Node request, Finished done)
{
    core_.ask(std::move(request),
              [done = std::move(done)](Result<Node> reply) { done(reply ? ErrorCode{} : reply.error()); });
}

void Shop::change_profile(stanza::BusinessChange const& change, Finished done)
{
    ask_to(stanza::business_change(change), std::move(done));
}

void Shop::set_cover(stanza::CoverPhoto const& photo, Finished done)
{
    ask_to(stanza::cover_photo_change(photo), std::move(done));
}

void Shop::remove_cover(std::string const& id, Finished done)
{
    ask_to(stanza::cover_photo_removal(id), std::move(done));
}

} // namespace wagate::engine
