#include "api/http/jwt.hpp"

#include "api/http/json.hpp"

#include <cmath>

namespace wagate::http {
namespace {

using crypto::PublicKey;
using crypto::SignatureKind;

constexpr std::size_t longest_name = 128;
constexpr std::size_t most_sessions = 100;
constexpr std::size_t longest_key_set = 1u << 20;

/// RFC 4648 section 5 without padding, and nothing else: one text for each value.
std::optional<Bytes> decode_segment(std::string_view text)
{
    Bytes bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t held = 0;
    int bits = 0;
    for (char const c : text) {
        int value = 0;
        if (c >= 'A' && c <= 'Z')
            value = c - 'A';
        else if (c >= 'a' && c <= 'z')
            value = c - 'a' + 26;
        else if (c >= '0' && c <= '9')
            value = c - '0' + 52;
        else if (c == '-')
            value = 62;
        else if (c == '_')
            value = 63;
        else
            return std::nullopt;
        held = (held << 6) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push_back(static_cast<std::uint8_t>(held >> bits));
        held &= (1u << bits) - 1;
    }
    if (bits >= 6 || held != 0) return std::nullopt;
    return bytes;
}

std::size_t members_in(json::value const& value)
{
    std::size_t count = 0;
    if (auto const* object = value.if_object()) {
        count = object->size();
        for (auto const& member : *object)
            count += members_in(member.value());
    } else if (auto const* list = value.if_array()) {
        for (auto const& element : *list)
            count += members_in(element);
    }
    return count;
}

/// Of valid JSON.
std::size_t members_in(std::string_view text)
{
    std::size_t count = 0;
    bool is_text = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_text && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            is_text = !is_text;
        else if (!is_text && text[i] == ':')
            ++count;
    }
    return count;
}

/// An object in which nothing stands twice: parsers differ in which of two they take.
std::optional<json::object> strict_object(std::string_view text)
{
    auto parsed = parse_json(text);
    if (!parsed || !parsed->is_object() || members_in(*parsed) != members_in(text)) return std::nullopt;
    return std::move(parsed->get_object());
}

std::optional<std::string> text_in(json::object const& object, std::string_view name)
{
    auto const* found = object.if_contains(name);
    if (found == nullptr || !found->is_string()) return std::nullopt;
    return std::string(found->get_string());
}

std::optional<Bytes> bytes_in(json::object const& object, std::string_view name)
{
    auto const text = text_in(object, name);
    if (!text) return std::nullopt;
    return decode_segment(*text);
}

std::optional<std::string_view> algorithm_of(SignatureKind kind)
{
    switch (kind) {
    case SignatureKind::ed25519: return "EdDSA";
    case SignatureKind::ecdsa_p256: return "ES256";
    case SignatureKind::rsa_pkcs1: return "RS256";
    }
    return std::nullopt;
}

std::optional<PublicKey> key_in(json::object const& jwk)
{
    auto const type = text_in(jwk, "kty");
    auto const curve = text_in(jwk, "crv");
    auto const x = bytes_in(jwk, "x");
    auto const y = bytes_in(jwk, "y");
    if (type == "OKP" && curve == "Ed25519" && x) return PublicKey::ed25519(*x);
    if (type == "EC" && curve == "P-256" && x && y) return PublicKey::ecdsa_p256(*x, *y);
    auto const n = bytes_in(jwk, "n");
    auto const e = bytes_in(jwk, "e");
    if (type == "RSA" && n && e) return PublicKey::rsa_pkcs1(*n, *e);
    return std::nullopt;
}

/// Seconds since 1970.
std::optional<double> time_in(json::value const& value)
{
    double seconds = 0;
    if (value.is_int64())
        seconds = static_cast<double>(value.get_int64());
    else if (value.is_uint64())
        seconds = static_cast<double>(value.get_uint64());
    else if (value.is_double())
        seconds = value.get_double();
    else
        return std::nullopt;
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e11) return std::nullopt;
    return seconds;
}

/// A text or a list of texts; nothing for anything else.
std::optional<std::vector<std::string>> names_in(json::value const& value)
{
    std::vector<std::string> names;
    if (value.is_string()) {
        names.emplace_back(value.get_string());
        return names;
    }
    if (!value.is_array()) return std::nullopt;
    for (auto const& element : value.get_array()) {
        if (!element.is_string()) return std::nullopt;
        names.emplace_back(element.get_string());
    }
    return names;
}

bool is_name(std::string_view name)
{
    return !name.empty() && name.size() <= 64;
}

/// @return nothing when it is no claim of that kind
std::optional<Scopes> scopes_in(json::value const& value)
{
    auto names = names_in(value);
    if (!names) return std::nullopt;
    Scopes scopes;
    for (auto const& listed : *names) {
        for (std::string_view rest = listed; !rest.empty();) {
            auto const blank = rest.find(' ');
            // Others' scopes ("openid") give nothing here.
            if (auto const scope = scope_named(rest.substr(0, blank))) scopes = scopes | *scope;
            rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
        }
    }
    return scopes;
}

std::optional<JwtFault> check_time(json::object const& claims, WallTime now, JwtSettings const& settings)
{
    auto const here = static_cast<double>(unix_milliseconds(now)) / 1000;
    auto const leeway = static_cast<double>(settings.leeway.count());
    auto const* given = claims.if_contains("exp");
    auto const end = given != nullptr ? time_in(*given) : std::nullopt;
    if (!end || *end <= here) return JwtFault::bad_time;
    if (*end > here + std::chrono::duration<double>(settings.longest).count() + leeway)
        return JwtFault::bad_time;
    for (auto const* name : {"nbf", "iat"}) {
        auto const* begin = claims.if_contains(name);
        if (begin == nullptr) continue;
        auto const time = time_in(*begin);
        if (!time || *time > here + leeway) return JwtFault::bad_time;
    }
    return std::nullopt;
}

std::optional<JwtFault> check_header(json::object const& header)
{
    for (auto const* name : {"crit", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "b64", "zip", "enc"})
        if (header.contains(name)) return JwtFault::bad_header;
    if (!header.contains("typ")) return std::nullopt;
    auto const type = text_in(header, "typ");
    if (!type || (!equal_ignoring_case(*type, "JWT") && !equal_ignoring_case(*type, "at+jwt")))
        return JwtFault::bad_header;
    return std::nullopt;
}

/// The text itself, or a list of it alone.
bool is_only(json::value const* value, std::string const& wanted)
{
    if (value == nullptr) return false;
    auto const names = names_in(*value);
    return names && names->size() == 1 && names->front() == wanted;
}

std::optional<Principal> principal_in(json::object const& claims, JwtSettings const& settings)
{
    Principal principal;
    auto const tenant = text_in(claims, settings.tenant_claim);
    if (!tenant || !is_name(*tenant)) return std::nullopt;
    principal.tenant = TenantId(*tenant);
    auto const* scope = claims.if_contains(settings.scope_claim);
    auto const scopes = scope != nullptr ? scopes_in(*scope) : std::nullopt;
    if (!scopes) return std::nullopt;
    principal.scopes = *scopes;
    if (auto const* given = claims.if_contains(settings.sessions_claim)) {
        auto const names = names_in(*given);
        if (!names || names->empty() || names->size() > most_sessions) return std::nullopt;
        for (auto const& name : *names)
            if (!is_name(name)) return std::nullopt;
        principal.session = SessionName(names->front());
        for (std::size_t i = 1; i < names->size(); ++i)
            principal.more_sessions.emplace_back((*names)[i]);
        principal.scopes = Scopes::of(principal.scopes.bits & Scopes::of_session().bits);
    }
    if (auto const* admin = claims.if_contains("admin")) {
        if (!admin->is_bool()) return std::nullopt;
        principal.is_admin = settings.admits_admins && admin->get_bool() && !principal.session;
    }
    return principal;
}

} // namespace

boost::system::result<JwtVerifier, std::string> JwtVerifier::make(std::string_view key_set,
                                                                  JwtSettings settings)
{
    if (key_set.size() > longest_key_set) return std::string("the key set is larger than 1 MiB");
    auto const set = strict_object(key_set);
    auto const* keys = set ? set->if_contains("keys") : nullptr;
    if (keys == nullptr || !keys->is_array()) return std::string("this is no JSON Web Key Set");
    JwtVerifier verifier;
    verifier.settings_ = std::move(settings);
    for (auto const& one : keys->get_array()) {
        if (!one.is_object()) return std::string("this is no JSON Web Key Set");
        auto const& jwk = one.get_object();
        if (jwk.contains("d") || jwk.contains("k")) return std::string("the key set holds a secret key");
        auto const id = text_in(jwk, "kid");
        if (!id || id->empty() || id->size() > longest_name) continue;
        if (auto const use = text_in(jwk, "use"); use && *use != "sig") continue;
        auto key = key_in(jwk);
        if (!key) continue;
        if (auto const algorithm = text_in(jwk, "alg"); algorithm && *algorithm != algorithm_of(key->kind()))
            continue;
        if (!verifier.keys_.emplace(*id, std::move(*key)).second)
            return "the key set names the key " + *id + " twice";
    }
    if (verifier.keys_.empty())
        return std::string("the key set has no signing key of Ed25519, P-256 or RSA (2048 bits) with a kid");
    return verifier;
}

boost::system::result<Principal, JwtFault> JwtVerifier::verify(std::string_view token, WallTime now) const
{
    if (token.size() > longest_token) return JwtFault::malformed;
    auto const first = token.find('.');
    auto const second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return JwtFault::malformed;
    auto const head_bytes = decode_segment(token.substr(0, first));
    auto const claim_bytes = decode_segment(token.substr(first + 1, second - first - 1));
    auto const signature = decode_segment(token.substr(second + 1));
    if (!head_bytes || !claim_bytes || !signature) return JwtFault::malformed;
    auto const header = strict_object(to_text(*head_bytes));
    if (!header) return JwtFault::malformed;
    if (auto const fault = check_header(*header)) return *fault;

    auto const algorithm = text_in(*header, "alg");
    if (algorithm != "EdDSA" && algorithm != "ES256" && algorithm != "RS256") return JwtFault::bad_algorithm;
    auto const id = text_in(*header, "kid");
    if (!id) return JwtFault::unknown_key;
    auto const key = keys_.find(*id);
    if (key == keys_.end()) return JwtFault::unknown_key;
    if (*algorithm != algorithm_of(key->second.kind())) return JwtFault::bad_algorithm;
    if (!key->second.verify(view(token.substr(0, second)), *signature)) return JwtFault::bad_signature;

    // From here on it is what the issuer has said.
    auto const claims = strict_object(to_text(*claim_bytes));
    if (!claims) return JwtFault::malformed;
    if (auto const fault = check_time(*claims, now, settings_)) return *fault;
    if (auto const issuer = text_in(*claims, "iss"); issuer != settings_.issuer) return JwtFault::bad_issuer;
    if (!is_only(claims->if_contains("aud"), settings_.audience)) return JwtFault::bad_audience;
    auto principal = principal_in(*claims, settings_);
    if (!principal) return JwtFault::bad_claims;
    principal->expires =
        wall_from_milliseconds(static_cast<std::int64_t>(*time_in(claims->at("exp")) * 1000));
    return std::move(*principal);
}

} // namespace wagate::http
