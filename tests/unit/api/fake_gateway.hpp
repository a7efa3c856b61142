#pragma once
// A gateway of values: sessions in a map, answers set by the test.
#include "gateway/gateway.hpp"
#include "gateway/session/chat_ids.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/seeded_random.hpp"

namespace wagate::test {

class FakeGateway final : public gateway::Gateway {
public:
    template <class T>
    using Outcome = gateway::Outcome<T>;
    using SessionInfo = gateway::SessionInfo;

    std::map<SessionKey, SessionInfo> sessions;
    std::optional<gateway::Rejection> rejection; ///< answers every call but list_sessions and health
    std::vector<std::string> calls;              ///< "start acme/default"
    Health answer_health{true, 0, {}, true, false, false};
    std::string qr = "2@fake,qr,code";
    std::optional<gateway::SendText> sent;
    std::optional<storage::MessageQuery> asked;
    std::string asked_chat;
    storage::Store* store = nullptr; ///< what reads are given
    std::vector<Message> stored;
    std::map<std::string, gateway::SendStatus> sends; ///< by id
    std::optional<gateway::SendRequest> sent_request;
    std::vector<Question> questions; ///< for the engine; answered with success without being asked
    testing::MemoryStore reader;
    testing::SeededRandom random{1};

    Task<Outcome<SessionInfo>> create_session(SessionKey session, gateway::SessionConfig config,
                                              bool start) override
    {
        note("create", session);
        if (rejection) co_return *rejection;
        if (sessions.contains(session)) co_return rejected(gateway::GatewayErrc::session_exists);
        SessionInfo info;
        info.key = session;
        info.config = std::move(config);
        info.status = start ? SessionStatus::starting : SessionStatus::stopped;
        info.reason = StatusReason::requested;
        sessions[session] = info;
        co_return info;
    }
    Task<Outcome<SessionInfo>> update_session(SessionKey session, gateway::SessionConfig config) override
    {
        note("update", session);
        auto* info = find(session);
        if (!info) co_return missing();
        info->config = std::move(config);
        co_return *info;
    }
    Task<Outcome<void>> delete_session(SessionKey session) override
    {
        note("delete", session);
        if (rejection) co_return *rejection;
        sessions.erase(session);
        co_return Outcome<void>();
    }
    Task<Outcome<SessionInfo>> start_session(SessionKey session) override
    {
        return act("start", session, SessionStatus::starting);
    }
    Task<Outcome<SessionInfo>> stop_session(SessionKey session) override
    {
        return act("stop", session, SessionStatus::stopped);
    }
    Task<Outcome<SessionInfo>> restart_session(SessionKey session) override
    {
        return act("restart", session, SessionStatus::starting);
    }
    Task<Outcome<SessionInfo>> logout_session(SessionKey session) override
    {
        return act("logout", session, SessionStatus::scan_qr_code);
    }
    Task<Outcome<SessionInfo>> session_info(SessionKey session) override
    {
        note("info", session);
        auto* info = find(session);
        if (!info) co_return missing();
        co_return *info;
    }
    Task<std::vector<SessionInfo>> list_sessions(TenantId tenant, bool include_stopped) override
    {
        std::vector<SessionInfo> found;
        for (auto const& [key, info] : sessions) {
            if (key.tenant == tenant && (include_stopped || info.status != SessionStatus::stopped))
                found.push_back(info);
        }
        co_return found;
    }
    Task<Outcome<gateway::QrCode>> qr_code(SessionKey session) override
    {
        note("qr", session);
        if (!find(session)) co_return missing();
        gateway::QrCode code;
        code.text = qr;
        co_return code;
    }
    Task<Outcome<std::string>> request_code(SessionKey session, std::string phone_number) override
    {
        note("code " + phone_number, session);
        if (!find(session)) co_return missing();
        co_return std::string("ABCD-EFGH");
    }
    Task<Outcome<gateway::SentMessage>> send_text(SessionKey session, gateway::SendText request) override
    {
        note("send", session);
        if (!find(session)) co_return missing();
        gateway::SentMessage answer;
        answer.message.chat = Jid::hidden("987");
        answer.message.chat_phone = Jid::phone("49151");
        answer.message.id = MessageId(request.id.value_or("3EB0AA"));
        answer.message.from_me = true;
        answer.message.sender = Jid::phone("4917");
        answer.message.origin = MessageOrigin::api;
        answer.message.body = request.text;
        answer.message.ack = Ack::server;
        answer.message.timestamp = wall_from_seconds(1'700'000'000);
        sent = std::move(request);
        co_return answer;
    }
    /// Composes the draft as the session would; it is answered with what came of it.
    Task<Outcome<gateway::SentMessage>> send(SessionKey session, gateway::SendRequest request) override
    {
        note("send", session);
        if (!find(session)) co_return missing();
        auto const chat = gateway::parse_chat(request.chat);
        if (!chat) co_return rejected(gateway::GatewayErrc::invalid_recipient);
        OwnIdentity const me{Jid::phone("4917", 3), Jid::hidden("5", 3), "Ada", "android"};
        MessageId const id{request.id.value_or("3EB0AA")};
        engine::DraftContext const context{reader, me, *chat, {}, id, wall_from_seconds(1'700'000'000),
                                           random};
        auto content = request.compose(context);
        sent_request = std::move(request);
        if (!content) {
            auto refusal = rejected(content.error() == engine::DraftErrc::message_not_found
                                        ? gateway::GatewayErrc::message_not_found
                                        : gateway::GatewayErrc::not_possible);
            refusal.detail = content.error().message();
            co_return refusal;
        }
        gateway::SentMessage answer;
        answer.message.chat = *chat;
        answer.message.id = id;
        answer.message.from_me = true;
        answer.message.sender = context.own();
        answer.message.origin = MessageOrigin::api;
        answer.message.ack = Ack::server;
        answer.message.timestamp = context.now;
        engine::describe(answer.message, std::move(*content));
        co_return answer;
    }
    bool refuses_questions = false;
    Task<Outcome<void>> ask(SessionKey session, Question question) override
    {
        note("ask", session);
        if (!find(session)) co_return missing();
        if (refuses_questions) co_return rejected(gateway::GatewayErrc::not_possible);
        questions.push_back(std::move(question));
        co_return Outcome<void>();
    }
    Task<Outcome<Message>> message(SessionKey session, std::string chat, std::string id) override
    {
        note("message " + id + (chat.empty() ? "" : " of " + chat), session);
        if (!find(session)) co_return missing();
        auto const wanted = gateway::parse_message_id(id);
        for (auto const& one : stored) {
            if (wanted && one.id == *wanted) co_return one;
        }
        co_return rejected(gateway::GatewayErrc::message_not_found);
    }
    Task<Outcome<void>> ask_during(SessionStatus, SessionKey session, Question) override
    {
        note("ask", session);
        if (!find(session)) co_return missing();
        co_return rejected(gateway::GatewayErrc::wrong_status);
    }
    Holdings holdings(TenantId const& tenant) const override
    {
        Holdings held;
        for (auto const& [key, info] : sessions)
            if (key.tenant == tenant) ++held.sessions;
        return held;
    }
    Task<Outcome<std::vector<engine::WaitingSend>>> waiting_sends(SessionKey session) override
    {
        note("waiting", session);
        if (!find(session)) co_return missing();
        co_return std::vector<engine::WaitingSend>{};
    }
    Task<Outcome<gateway::SendStatus>> send_status(SessionKey session, std::string id) override
    {
        note("status", session);
        if (!find(session)) co_return missing();
        auto const status = sends.find(id);
        if (status == sends.end()) co_return rejected(gateway::GatewayErrc::message_not_found);
        co_return status->second;
    }
    Task<Outcome<std::vector<Message>>> messages(SessionKey session, std::string chat,
                                                 storage::MessageQuery query) override
    {
        note("messages", session);
        if (!find(session)) co_return missing();
        asked = std::move(query);
        asked_chat = std::move(chat);
        co_return stored;
    }
    Task<Outcome<void>> read(SessionKey session, Reading reading) override
    {
        note("read", session);
        if (!find(session)) co_return missing();
        if (store == nullptr) co_return rejected(gateway::GatewayErrc::storage_failed);
        reading(*store);
        co_return Outcome<void>();
    }
    Task<Health> health() override { co_return answer_health; }

private:
    static gateway::Rejection rejected(gateway::GatewayErrc code)
    {
        gateway::Rejection out;
        out.code = code;
        return out;
    }
    /// What a call on a session that find() has not given answers.
    gateway::Rejection missing() const
    {
        return rejection ? *rejection : rejected(gateway::GatewayErrc::session_not_found);
    }
    SessionInfo* find(SessionKey const& session)
    {
        auto const found = sessions.find(session);
        return found == sessions.end() || rejection ? nullptr : &found->second;
    }
    void note(std::string const& what, SessionKey const& session)
    {
        calls.push_back(what + " " + session.tenant.value + "/" + session.name.value);
    }
    Task<Outcome<SessionInfo>> act(std::string what, SessionKey session, SessionStatus status)
    {
        note(what, session);
        auto* info = find(session);
        if (!info) co_return missing();
        info->status = status;
        co_return *info;
    }
};

} // namespace wagate::test
