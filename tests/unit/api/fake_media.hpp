#pragma once
// Files of values: what is asked for is kept, answers are set by the test.
#include "gateway/media/media_files.hpp"
#include "protocol/base/encoding.hpp"

namespace wagate::test {

class FakeMedia final : public gateway::MediaFiles {
public:
    struct Sent {
        SessionKey session;
        gateway::SendRequest request;
        gateway::MediaDraft draft;
    };
    struct Link {
        SessionKey session;
        gateway::SendRequest request;
        gateway::LinkDraft draft;
    };
    std::vector<Sent> sent; ///< items of albums too
    std::vector<Link> links;
    std::vector<gateway::FileSource> pictures;
    std::vector<std::pair<SessionKey, std::string>> asked; ///< session and id
    std::vector<gateway::FileSource> converted;
    std::optional<gateway::Rejection> refusal;
    std::string content = "0123456789";
    gateway::LocalFile file = [] {
        gateway::LocalFile made;
        made.bytes = 10;
        made.mimetype = "image/png";
        made.etag = "\"abc\"";
        return made;
    }();

    Task<gateway::Outcome<gateway::SentMessage>> send(SessionKey session, gateway::SendRequest request,
                                                      gateway::MediaDraft draft) override
    {
        sent.push_back({std::move(session), std::move(request), std::move(draft)});
        if (refusal) co_return *refusal;
        co_return answer();
    }
    Task<gateway::Outcome<gateway::SentMessage>> send_link(SessionKey session, gateway::SendRequest request,
                                                           gateway::LinkDraft draft) override
    {
        links.push_back({std::move(session), std::move(request), std::move(draft)});
        if (refusal) co_return *refusal;
        co_return answer();
    }
    Task<gateway::Outcome<std::vector<gateway::SentMessage>>>
    send_album(SessionKey session, gateway::SendRequest request,
               std::vector<gateway::MediaDraft> items) override
    {
        for (auto& item : items)
            sent.push_back({session, request, std::move(item)});
        if (refusal) co_return *refusal;
        co_return std::vector<gateway::SentMessage>(items.size() + 1, answer());
    }
    Task<gateway::Outcome<Bytes>> picture(TenantId, gateway::FileSource source, gateway::PictureFit) override
    {
        auto data = base64_decode(source.base64);
        pictures.push_back(std::move(source));
        if (refusal) co_return *refusal;
        if (!data) {
            gateway::Rejection refused;
            refused.code = gateway::GatewayErrc::invalid_request;
            co_return refused;
        }
        co_return Bytes{0xFF, 0xD8, 0xFF, 0xE0};
    }
    Task<gateway::Outcome<gateway::OpenPicture>>
    upload_picture(SessionKey, gateway::FileSource source, gateway::PictureFit, media::MediaType) override
    {
        pictures.push_back(std::move(source));
        if (refusal) co_return *refusal;
        co_return gateway::OpenPicture{"https://mmg.whatsapp.net/v/1.jpg", "7", "token", "1790000000"};
    }
    Task<gateway::Outcome<gateway::LocalFile>> fetch(SessionKey session, std::string id) override
    {
        asked.emplace_back(std::move(session), std::move(id));
        if (refusal) co_return *refusal;
        co_return file;
    }
    Task<gateway::Outcome<gateway::LocalFile>> fetch_of(SessionKey session, Message message) override
    {
        asked.emplace_back(std::move(session), message.id.value);
        if (refusal) co_return *refusal;
        co_return file;
    }
    Task<gateway::Outcome<gateway::LocalFile>> convert(TenantId, gateway::FileSource source,
                                                       gateway::Conversion) override
    {
        converted.push_back(std::move(source));
        if (refusal) co_return *refusal;
        co_return file;
    }
    Task<Result<std::string>> read(gateway::LocalFile, std::uint64_t offset, std::size_t bytes) override
    {
        co_return content.substr(offset, bytes);
    }
    Task<gateway::Outcome<Bytes>> fetch_blob(SessionKey, message::MediaFile, media::MediaType,
                                             std::size_t) override
    {
        gateway::Rejection refused;
        refused.code = gateway::GatewayErrc::media_unavailable;
        co_return refused;
    }

private:
    static gateway::SentMessage answer()
    {
        gateway::SentMessage message;
        message.message.chat = Jid::phone("4915100000001");
        message.message.id = MessageId("3EB0");
        message.message.from_me = true;
        return message;
    }
};

} // namespace wagate::test
