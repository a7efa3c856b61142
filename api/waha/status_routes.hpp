#pragma once
// Status posts, also called stories (waha.md 4, Status): sent to contacts, deleted again.
#include "api/waha/sending.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::waha {

class StatusRoutes {
public:
    /// All must outlive it; it must outlive the router's calls.
    /// @param links to files
    StatusRoutes(gateway::Gateway& gateway, gateway::MediaFiles& media, http::UnknownFields unknown,
                 MediaLinks links, std::size_t body_bytes)
        : sending_(gateway, unknown, std::move(links)),
          media_(media),
          unknown_(unknown),
          body_bytes_(body_bytes)
    {}
    StatusRoutes(StatusRoutes const&) = delete;
    StatusRoutes& operator=(StatusRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> new_id(http::Call call);
    Task<http::Response> text(http::Call call);
    Task<http::Response> image(http::Call call);
    Task<http::Response> video(http::Call call);
    Task<http::Response> voice(http::Call call);
    Task<http::Response> remove(http::Call call);
    Task<http::Response> send_file(http::Call call, message::MediaKind kind, http::Shape const& shape);

    Sending sending_;
    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
    std::size_t body_bytes_;
};

} // namespace wagate::waha
