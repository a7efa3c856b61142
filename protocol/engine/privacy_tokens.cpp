#include "protocol/engine/privacy_tokens.hpp"

#include "protocol/crypto/crypto.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/privacy.pb.h"
#include "protocol/stanza/privacy.hpp"

namespace wagate::engine {

using binary::Node;

namespace {

constexpr std::int64_t week = 604'800;
constexpr std::int64_t weeks_valid = 4;
constexpr std::size_t longest_salt = 256;
constexpr std::size_t longest_token = 1'024;
constexpr std::string_view salt_key = "salt"; // beside the people, whose keys are JIDs

std::int64_t week_of(std::int64_t seconds)
{
    return seconds / week;
}

proto::PrivacyToken read_token(RecordSource const& records, Jid const& person)
{
    proto::PrivacyToken token;
    auto const bytes = records.read(RecordKind::privacy_token, person.to_string());
    if (bytes && !proto::decode(token, *bytes)) token.Clear();
    return token;
}

void write_token(RecordOverlay& step, Jid const& person, proto::PrivacyToken const& token)
{
    step.write(RecordKind::privacy_token, person.to_string(), proto::encode(token));
}

bool is_other_person(Core const& core, Jid const& jid)
{
    return jid.is_user() && !jid.is_hosted() && !jid.same_user(core.account.own_phone()) &&
           !jid.same_user(core.account.own_lid());
}

} // namespace

std::optional<Bytes> trusted_token(Core const& core, Directory const& directory, Jid const& person)
{
    if (!person.is_user()) return std::nullopt;
    auto const token = read_token(core.records, directory.canonical(person.bare()));
    auto const oldest = (week_of(unix_seconds(core.now.wall)) - (weeks_valid - 1)) * week;
    if (token.token().empty() || token.time() < oldest) return std::nullopt;
    return to_bytes(token.token());
}

std::optional<Node> privacy_token(Core const& core, Directory const& directory, Jid const& person)
{
    if (!is_other_person(core, person)) return std::nullopt;
    if (auto token = trusted_token(core, directory, person))
        return Node{"tctoken"}.with_bytes(std::move(*token));
    auto const salt = core.records.read(RecordKind::privacy_token, salt_key);
    auto const lid = directory.canonical(person.bare());
    if (!salt || salt->empty() || !lid.is_lid()) return std::nullopt;
    return Node{"cstoken"}.with_bytes(to_bytes(crypto::hmac_sha256(*salt, {view(lid.to_string())})));
}

void learn_token(Core const& core, RecordOverlay& step, Jid const& person, ByteView token, WallTime time)
{
    if (!is_other_person(core, person) || token.empty() || token.size() > longest_token) return;
    auto known = read_token(step, person);
    if (unix_seconds(time) <= known.time()) return;
    known.set_token(to_text(token));
    known.set_time(unix_seconds(time));
    write_token(step, person, known);
}

PrivacyTokens::PrivacyTokens(Core& core, Directory& directory) : core_(core), directory_(directory)
{
    core_.notification_handlers["privacy_token"] = [this](Node const& notification) {
        on_notification(notification);
    };
    core_.when_disconnected.emplace_back([this] { asking_.clear(); });
}

void PrivacyTokens::on_notification(Node const& notification)
{
    auto const acknowledge = core_.acknowledger(notification);
    auto const from = notification.jid("from").value_or(Jid{}).bare();
    auto const given = stanza::parse_token(notification);
    if (!given || !is_other_person(core_, from)) {
        core_.after_stores(acknowledge);
        return;
    }
    RecordOverlay step{core_.records};
    auto const other = notification.jid(from.is_lid() ? "sender_pn" : "sender_lid");
    directory_.learn_pair(step, from, other);
    auto const person =
        from.is_phone() && other && other->is_lid() ? other->bare() : directory_.canonical(from);
    auto token = read_token(step, person);
    if (given->time >= token.time()) { // an older one may come late
        token.set_token(to_text(given->token));
        token.set_time(given->time);
        write_token(step, person, token);
    }
    core_.store(std::move(step), acknowledge);
}

void PrivacyTokens::written_to(Jid const& person)
{
    auto const to = directory_.canonical(person.bare());
    if (!core_.active || !is_other_person(core_, to)) return;
    auto const known = read_token(core_.records, to);
    if (week_of(unix_seconds(core_.now.wall)) > week_of(known.issued())) issue(to);
}

void PrivacyTokens::identity_changed(Jid const& person)
{
    auto const to = directory_.canonical(person.bare());
    if (core_.active && is_other_person(core_, to) && read_token(core_.records, to).issued() != 0) issue(to);
}

void PrivacyTokens::issue(Jid const& person)
{
    if (!asking_.insert(person).second) return;
    auto const now = unix_seconds(core_.now.wall);
    core_.ask(stanza::issue_token(person, now), [this, person, now](Result<Node> reply) {
        asking_.erase(person);
        if (!reply) return; // the next message tries again
        RecordOverlay step{core_.records};
        auto token = read_token(step, person);
        token.set_issued(now);
        write_token(step, person, token);
        core_.store(std::move(step));
    });
}

void PrivacyTokens::learn_salt(RecordOverlay& step, ByteView salt)
{
    if (salt.empty() || salt.size() > longest_salt) return;
    step.write(RecordKind::privacy_token, salt_key, to_bytes(salt));
}

} // namespace wagate::engine
