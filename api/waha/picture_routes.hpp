#pragma once
// Pictures of the own account and of groups, made fit for WhatsApp (waha.md 4, Profile and Groups).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::waha {

class PictureRoutes {
public:
    /// `gateway` and `media` must outlive it; it must outlive the router's calls.
    PictureRoutes(gateway::Gateway& gateway, gateway::MediaFiles& media, http::UnknownFields unknown,
                  std::size_t body_bytes) noexcept
        : gateway_(gateway), media_(media), unknown_(unknown), body_bytes_(body_bytes)
    {}
    PictureRoutes(PictureRoutes const&) = delete;
    PictureRoutes& operator=(PictureRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    /// `of` is a group, or nothing for the own account.
    Task<http::Response> set(http::Call call, std::optional<Jid> of);
    Task<http::Response> change(SessionKey session, std::optional<Jid> of, std::optional<Bytes> jpeg);
    Task<http::Response> set_own(http::Call call);
    Task<http::Response> remove_own(http::Call call);
    Task<http::Response> set_group(http::Call call);
    Task<http::Response> remove_group(http::Call call);

    gateway::Gateway& gateway_;
    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
    std::size_t body_bytes_;
};

} // namespace wagate::waha
