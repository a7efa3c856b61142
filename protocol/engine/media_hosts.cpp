#include "protocol/engine/media_hosts.hpp"

#include "protocol/crypto/crypto.hpp"
#include "protocol/engine/server_error.hpp"

namespace wagate::engine {
namespace {

constexpr int not_found = 404;

} // namespace

MediaHosts::MediaHosts(Core& core, Directory&) : core_(core)
{
    core_.notification_handlers["mediaretry"] = [this](binary::Node const& node) { on_retry(node); };
    core_.when_disconnected.emplace_back([this] { fail_all(make_error_code(EngineErrc::link_lost)); });
    core_.when_forgotten.emplace_back([this] { kept_.reset(); });
}

void MediaHosts::find(HostsDone done)
{
    if (kept_ && core_.now.monotonic < kept_->until) {
        done(kept_->hosts);
        return;
    }
    kept_.reset();
    asking_.push_back(std::move(done));
    if (asking_.size() > 1) return;
    core_.ask(media::media_conn_request({}), [this](Result<binary::Node> reply) { on_hosts(reply); });
}

void MediaHosts::on_hosts(Result<binary::Node> const& reply)
{
    auto const answer = [&]() -> Result<media::MediaConnection> {
        if (!reply) return reply.error();
        return media::parse_media_conn(*reply);
    }();
    if (answer) kept_ = Kept{*answer, core_.now.monotonic + answer->lifetime};
    // A listener may ask again, now or later.
    for (auto const& done : std::exchange(asking_, {}))
        done(answer);
}

void MediaHosts::ask_again(media::RetrySubject const& subject, Bytes media_key, PathDone done)
{
    auto const& id = subject.id.value;
    if (auto const known = retries_.find(id); known != retries_.end()) {
        known->second.done.push_back(std::move(done));
        return;
    }
    if (!core_.active) return done(make_error_code(EngineErrc::link_lost));
    if (retries_.size() >= max_retries) return done(server_error(429));
    auto const receipt =
        media::media_retry_receipt(subject, core_.account.own_phone().bare(), media_key, core_.random);
    if (!receipt) return done(receipt.error());
    Retry retry;
    retry.media_key = std::move(media_key);
    retry.done.push_back(std::move(done));
    retry.timer =
        core_.after(retry_limit, [this, id] { finish(id, make_error_code(EngineErrc::timed_out)); });
    retries_.emplace(id, std::move(retry));
    core_.send(*receipt);
}

void MediaHosts::on_retry(binary::Node const& notification)
{
    // Nothing of it is stored: whoever asked stores the file.
    core_.acknowledger(notification)();
    auto const notice = media::parse_media_retry(notification);
    if (!notice) return;
    auto const id = notice->subject.id.value;
    auto const found = retries_.find(id);
    if (found == retries_.end()) return; // too late
    if (notice->error_code != 0) return finish(id, server_error(not_found));
    auto const answer = media::open_media_retry(*notice, found->second.media_key);
    if (!answer) return finish(id, answer.error());
    if (answer->outcome != media::RetryOutcome::success || answer->direct_path.empty())
        return finish(id, server_error(not_found));
    finish(id, answer->direct_path);
}

void MediaHosts::finish(std::string const& id, Result<std::string> const& answer)
{
    auto found = retries_.extract(id);
    if (found.empty()) return;
    auto& retry = found.mapped();
    core_.cancel(retry.timer);
    wipe(retry.media_key);
    for (auto const& done : retry.done)
        done(answer);
}

void MediaHosts::fail_all(ErrorCode reason)
{
    while (!retries_.empty())
        finish(std::string{retries_.begin()->first}, reason);
}

} // namespace wagate::engine
