#include "api/http/keys.hpp"

#include "protocol/crypto/crypto.hpp"

namespace wagate::http {
namespace {

class KeyCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.keys"; }
    std::string message(int value) const override
    {
        switch (static_cast<KeyErrc>(value)) {
        case KeyErrc::tenant_exists: return "the tenant exists already";
        case KeyErrc::key_not_found: return "there is no such key";
        }
        return "unknown error";
    }
};

} // namespace

namespace {

struct NamedScope {
    std::string_view name;
    Scope scope;
};
constexpr NamedScope named_scopes[] = {
    {"read", Scope::read}, {"send", Scope::send},    {"control", Scope::control}, {"setting", Scope::setting},
    {"app", Scope::app},   {"delete", Scope::erase}, {"tenant", Scope::tenant},
};

} // namespace

std::optional<Scope> scope_named(std::string_view name)
{
    for (auto const& [known, scope] : named_scopes)
        if (known == name) return scope;
    return std::nullopt;
}

std::vector<std::string_view> names_of(Scopes scopes)
{
    std::vector<std::string_view> names;
    for (auto const& [name, scope] : named_scopes)
        if (scopes.contains(scope)) names.push_back(name);
    return names;
}

KeyHash hash_key(std::string_view key)
{
    return crypto::sha256(view(key));
}

ErrorCode make_error_code(KeyErrc error)
{
    static KeyCategory const category;
    return {static_cast<int>(error), category};
}

} // namespace wagate::http
