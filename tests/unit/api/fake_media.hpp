#pragma once
// Files of values: what is asked for is kept, answers are set by the test.
#include "gateway/media/media_files.hpp"

namespace wagate::test {

class FakeMedia final : public gateway::MediaFiles {
public:
    struct Sent {
        SessionKey session;
        gateway::SendRequest request;
        gateway::MediaDraft draft;
    };
    std::vector<Sent> sent;
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
        gateway::SentMessage message;
        message.message.chat = Jid::phone("4915100000001");
        message.message.id = MessageId("3EB0");
        message.message.from_me = true;
        co_return message;
    }
    Task<gateway::Outcome<gateway::LocalFile>> fetch(SessionKey session, std::string id) override
    {
        asked.emplace_back(std::move(session), std::move(id));
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
};

} // namespace wagate::test
