#pragma once
// /api/v1/{session}: catalogues of businesses, the own products, orders.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "api/waha/media_url.hpp"
#include "gateway/media/media_files.hpp"
#include "protocol/stanza/catalog.hpp"

namespace wagate::v1 {

class CatalogRoutes {
public:
    /// `gateway` and `media` must outlive it; it must outlive the router's calls.
    /// @param body_bytes of requests that carry files @param links to files
    CatalogRoutes(gateway::Gateway& gateway, gateway::MediaFiles& media, http::UnknownFields unknown,
                  std::size_t body_bytes, waha::MediaLinks links)
        : gateway_(gateway),
          media_(media),
          unknown_(unknown),
          body_bytes_(body_bytes),
          links_(std::move(links))
    {}
    CatalogRoutes(CatalogRoutes const&) = delete;
    CatalogRoutes& operator=(CatalogRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> own_catalog(http::Call call);
    Task<http::Response> catalog_of(http::Call call);
    Task<http::Response> catalog(http::Call call, std::optional<Jid> business);
    Task<http::Response> collections(http::Call call);
    Task<http::Response> create(http::Call call);
    Task<http::Response> edit(http::Call call);
    Task<http::Response> remove(http::Call call);
    Task<http::Response> send(http::Call call);
    Task<http::Response> order(http::Call call);
    /// Puts the pictures on the media servers. @return what the session or a picture is refused for
    Task<gateway::Outcome<std::vector<std::string>>> upload(SessionKey session,
                                                            std::vector<gateway::FileSource> pictures);

    gateway::Gateway& gateway_;
    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
    std::size_t body_bytes_;
    waha::MediaLinks links_;
};

} // namespace wagate::v1
