#include "tools/sandbox/server/passkeys.hpp"

#include "protocol/base/encoding.hpp"
#include "tools/sandbox/phone/phone.hpp"

#include <algorithm>

namespace wagate::sandbox {
namespace {

constexpr std::size_t credential_bytes = 16;

std::string base64url(ByteView bytes)
{
    auto text = base64_encode(bytes);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.resize(text.find_last_not_of('=') + 1);
    return text;
}

Bytes credential_of(Account const& account)
{
    auto const digest = crypto::sha256(view("passkey|" + account.lid));
    return to_bytes(ByteView{digest}.first(credential_bytes));
}

Bytes signature_of(Account const& account, ByteView authenticator, ByteView client_data)
{
    auto const hash = crypto::sha256(client_data);
    auto const secret = crypto::sha256(account.handset->identity().public_key);
    return to_bytes(crypto::hmac_sha256(secret, {authenticator, hash}));
}

std::string member(json::object const& object, std::string_view name)
{
    return text_field(object, name).value_or("");
}

} // namespace

json::object passkey_options(Account const& account, std::string const& challenge)
{
    json::object credential;
    credential["id"] = base64url(credential_of(account));
    credential["type"] = "public-key";
    credential["transports"] = json::array{"internal", "hybrid"};
    json::object options;
    options["challenge"] = challenge;
    options["timeout"] = 60'000;
    options["rpId"] = "whatsapp.com";
    options["allowCredentials"] = json::array{std::move(credential)};
    options["userVerification"] = "required";
    return options;
}

json::object sign_with_passkey(Account const& account, std::string const& challenge)
{
    json::object client;
    client["type"] = "webauthn.get";
    client["challenge"] = challenge;
    client["origin"] = "https://web.whatsapp.com";
    auto const client_data = json::serialize(client);
    Bytes const authenticator(37, 0x05);
    json::object response;
    response["clientDataJSON"] = base64url(view(client_data));
    response["authenticatorData"] = base64url(authenticator);
    response["signature"] = base64url(signature_of(account, authenticator, view(client_data)));
    response["userHandle"] = nullptr;
    json::object assertion;
    assertion["id"] = assertion["rawId"] = base64url(credential_of(account));
    assertion["type"] = "public-key";
    assertion["response"] = std::move(response);
    return assertion;
}

bool passkey_holds(Account const& account, std::string const& challenge, ByteView credential_id,
                   ByteView assertion)
{
    auto const given = parse_object(to_text(assertion));
    auto const* response = given ? given->if_contains("response") : nullptr;
    if (response == nullptr || !response->is_object() || !equal(credential_id, credential_of(account)))
        return false;
    auto const client_data = base64_decode(member(response->get_object(), "clientDataJSON"));
    auto const authenticator = base64_decode(member(response->get_object(), "authenticatorData"));
    auto const signature = base64_decode(member(response->get_object(), "signature"));
    if (!client_data || !authenticator || !signature) return false;
    auto const client = parse_object(to_text(*client_data));
    return client && member(*client, "challenge") == challenge &&
           *signature == signature_of(account, *authenticator, *client_data);
}

} // namespace wagate::sandbox
