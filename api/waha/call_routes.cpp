#include "api/waha/call_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::waha {

using gateway::Gateway;
using http::Call;
using http::Field;
using http::Response;

void CallRoutes::add_to(http::Router& router)
{
    router.add("POST", "/api/{session}/calls/reject", http::Access::tenant,
               std::bind_front(&CallRoutes::reject, this));
}

Task<Response> CallRoutes::reject(Call call)
{
    static http::Shape const shape{{Field::text("from").required().size_between(1, 256),
                                    Field::text("id").required().size_between(1, 128)}};
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const from = gateway::parse_chat(http::text_at(body, "from").value_or(""));
    if (!from || !from->is_user())
        co_return http::invalid_request({"from must be a phone number or a person's id"});
    auto const session = session_of(call);
    Gateway::Question question = [from = *from, id = http::text_at(body, "id").value_or("")](
                                     engine::Engine& engine, Gateway::Done done) {
        engine.calls().reject(from, id, std::move(done));
    };
    auto const outcome = co_await gateway_.ask(session, std::move(question));
    co_return done_or_rejected(outcome, session);
}

} // namespace wagate::waha
