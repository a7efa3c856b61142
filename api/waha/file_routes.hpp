#pragma once
// Files of messages, and converting files (waha.md 3 and 4, Media).
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::waha {

class LinkSigner;

class FileRoutes {
public:
    /// `media` must outlive it; it must outlive the router's calls.
    /// @param signer of links that need no key; without it there are none
    FileRoutes(gateway::MediaFiles& media, http::UnknownFields unknown, std::size_t body_bytes,
               std::shared_ptr<LinkSigner const> signer) noexcept
        : media_(media), unknown_(unknown), body_bytes_(body_bytes), signer_(std::move(signer))
    {}
    FileRoutes(FileRoutes const&) = delete;
    FileRoutes& operator=(FileRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> file(http::Call call);
    Task<http::Response> linked_file(http::Call call);
    Task<http::Response> give(http::Call call, SessionKey session);
    Task<http::Response> convert_voice(http::Call call);
    Task<http::Response> convert_video(http::Call call);
    Task<http::Response> convert(http::Call call, gateway::Conversion into);
    Task<http::Response> as_json(gateway::LocalFile file);
    /// The bytes from `first` on, written piece by piece.
    http::BodyStream body_of(gateway::LocalFile file, std::uint64_t first, std::uint64_t count);

    gateway::MediaFiles& media_;
    http::UnknownFields unknown_;
    std::size_t body_bytes_;
    std::shared_ptr<LinkSigner const> signer_;
};

} // namespace wagate::waha
