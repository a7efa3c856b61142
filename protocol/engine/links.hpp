#pragma once
// Short links: the account's own QR code, where links of others lead, links into calls.
#include "protocol/engine/core.hpp"
#include "protocol/stanza/links.hpp"

namespace wagate::engine {

class Links {
public:
    template <class T>
    using Done = std::function<void(Result<T>)>;

    explicit Links(Core& core) noexcept : core_(core) {}

    /// The code of the account's own link, made when there is none. @param revoke makes another one; the old
    /// one leads nowhere from then on
    void own_contact(bool revoke, Done<std::string> done);
    /// Nothing when the code leads nowhere (any more), or is of another kind.
    void contact(std::string const& code, Done<std::optional<stanza::ContactLinkTarget>> done);
    void message(std::string const& code, Done<std::optional<stanza::MessageLinkTarget>> done);
    /// A link by which people join a call. @param starts when it is planned for @return its token
    void create_call(stanza::CallMedia media, std::optional<WallTime> starts, Done<std::string> done);

private:
    template <class Target>
    void resolve(std::string const& code, std::optional<Target> (*parse)(binary::Node const&),
                 Done<std::optional<Target>> done);

    Core& core_;
};

} // namespace wagate::engine
