#include "tests/support/engine_host.hpp"

namespace wagate::testing {

EngineHost::EngineHost(FakeServer& server, ScenarioClock const& clock, RandomSource& random,
                       engine::EngineOptions options)
    : server_(server),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      engine_(std::make_unique<engine::Engine>(options_, store, random_))
{}

void EngineHost::start(StatusReason why)
{
    use([&](engine::Engine& engine, Instant now) { engine.start(now, why); });
}

void EngineHost::stop()
{
    use([](engine::Engine& engine, Instant now) { engine.stop(now, StatusReason::requested); });
}

void EngineHost::crash()
{
    if (link_) server_.disconnect(*link_);
    link_.reset();
    link_failure_.reset();
    effects_.clear();
    uncommitted_.clear();
    stored_.clear();
    computed_.clear();
    wake_.reset();
    engine_ = std::make_unique<engine::Engine>(options_, store, random_);
}

void EngineHost::drop_link()
{
    if (!link_) return;
    server_.disconnect(*link_);
    link_.reset();
    link_failure_ = engine::LinkEnd::closed;
}

void EngineHost::send_text(Jid const& chat, std::string const& text, std::string const& id,
                           std::optional<MessageId> reply_to)
{
    send(chat, message::TypedMessage{message::Text{text, {}, {}}, {}, {}}, id, std::move(reply_to));
}

void EngineHost::send(Jid const& chat, message::TypedMessage message, std::string const& id,
                      std::optional<MessageId> reply_to)
{
    send(chat, engine::compose_ready(std::move(message), std::move(reply_to)), id);
}

void EngineHost::send(Jid const& chat, engine::Compose compose, std::string const& id)
{
    engine::Draft draft;
    draft.command = 1;
    draft.id = MessageId{id};
    draft.chat = chat;
    draft.compose = std::move(compose);
    use([&](engine::Engine& engine, Instant now) { engine.send(std::move(draft), now); });
}

std::vector<EngineHost::Step> EngineHost::possible() const
{
    std::vector<Step> steps;
    if (!effects_.empty()) steps.push_back(Step::effect);
    if (!computed_.empty() && !hold_computed) steps.push_back(Step::computed);
    if (!stored_.empty()) steps.push_back(Step::stored);
    if (!uncommitted_.empty() && !hold_commits) steps.push_back(Step::commit);
    if (link_ && !silent && server_.has_output(*link_)) steps.push_back(Step::bytes);
    if (link_failure_ || (link_ && server_.is_closed(*link_))) steps.push_back(Step::closed);
    return steps;
}

void EngineHost::take(Step step)
{
    switch (step) {
    case Step::effect: {
        auto effect = std::move(effects_.front());
        effects_.pop_front();
        carry_out(std::move(effect));
        break;
    }
    case Step::computed: {
        auto const continuation = std::move(computed_.front());
        computed_.pop_front();
        engine_->on_computed(continuation, clock_.now);
        break;
    }
    case Step::commit: {
        auto const store_effect = std::move(uncommitted_.front());
        uncommitted_.pop_front();
        ++commits;
        if (commits_fail) {
            engine_->on_stored(store_effect.ticket, make_error_code(boost::system::errc::io_error),
                               clock_.now);
            break;
        }
        store.apply(store_effect.work);
        stored_.push_back(store_effect.ticket);
        break;
    }
    case Step::stored: {
        auto const ticket = stored_.front();
        stored_.pop_front();
        engine_->on_stored(ticket, {}, clock_.now);
        break;
    }
    case Step::bytes: engine_->on_bytes(*server_.take_output(*link_), clock_.now); break;
    case Step::closed: {
        auto const end = link_failure_.value_or(engine::LinkEnd::closed);
        forget_link();
        engine_->on_disconnected(end, clock_.now);
        break;
    }
    }
    collect();
}

void EngineHost::on_clock()
{
    if (!wake_ || *wake_ > clock_.now.monotonic) return;
    wake_.reset();
    engine_->on_time(clock_.now);
    collect();
}

void EngineHost::collect()
{
    for (auto& effect : engine_->take_effects())
        effects_.push_back(std::move(effect));
}

void EngineHost::forget_link()
{
    if (link_) server_.disconnect(*link_);
    link_.reset();
    link_failure_.reset();
}

void EngineHost::carry_out(engine::Effect effect)
{
    using namespace engine;
    if (std::holds_alternative<OpenLink>(effect)) {
        forget_link();
        opened.push_back(clock_.now.monotonic);
        if (reachable) {
            link_ = server_.connect();
            engine_->on_connected(clock_.now);
        } else {
            link_failure_ = LinkEnd::connect_failed;
        }
    } else if (auto const* frame = std::get_if<WriteFrame>(&effect)) {
        if (link_) server_.receive(*link_, frame->bytes);
    } else if (std::holds_alternative<CloseLink>(effect)) {
        forget_link();
    } else if (auto* store_effect = std::get_if<Store>(&effect)) {
        uncommitted_.push_back(std::move(*store_effect));
    } else if (auto const* compute = std::get_if<Compute>(&effect)) {
        computed_.push_back(compute->work());
    } else if (auto const* wake_at = std::get_if<WakeAt>(&effect)) {
        wake_ = wake_at->time;
    } else if (auto* sent = std::get_if<SendReport>(&effect)) {
        sends.push_back(std::move(*sent));
    } else if (auto* code = std::get_if<CodeReport>(&effect)) {
        codes.push_back(std::move(*code));
    } else if (std::holds_alternative<LogoutReport>(effect)) {
        ++logouts;
    }
}

} // namespace wagate::testing
