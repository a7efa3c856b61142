#include "protocol/stanza/status.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::stanza;
using binary::Node;

namespace {

Node list_of(std::string_view type, std::vector<Jid> const& people)
{
    Node list{"list"};
    list.set("type", type);
    for (auto const& person : people)
        list.add(Node{"user"}.set("jid", person));
    return list;
}

Node reply_with(std::vector<Node> lists)
{
    Node privacy{"privacy"};
    for (auto& list : lists)
        privacy.add(std::move(list));
    Node reply{"iq"};
    return reply.add(std::move(privacy));
}

auto const anna = Jid::hidden("900000000000001");
auto const ben = Jid::phone("4915100000002");

} // namespace

TEST_CASE("who sees status posts is one of several lists", "[stanza][status]")
{
    auto const allowed = parse_status_privacy(reply_with({list_of("whitelist", {anna, ben})}));
    CHECK(allowed.audience == StatusAudience::allowlist);
    CHECK(allowed.list == std::vector<Jid>{anna, ben});
    CHECK(status_setting(allowed.audience) == "allowlist");

    auto denied = list_of("blacklist", {ben});
    denied.set("default", "true");
    auto const chosen = parse_status_privacy(reply_with({list_of("whitelist", {anna}), denied}));
    CHECK(chosen.audience == StatusAudience::denylist);
    CHECK(chosen.list == std::vector<Jid>{ben});
    CHECK(status_setting(chosen.audience) == "denylist");
}

TEST_CASE("without a list all contacts see status posts", "[stanza][status]")
{
    for (auto const& reply : {Node{"iq"}, reply_with({}), reply_with({list_of("contacts", {anna})}),
                              reply_with({list_of("something new", {anna})})}) {
        auto const found = parse_status_privacy(reply);
        CHECK(found.audience == StatusAudience::contacts);
        CHECK(found.list.empty());
    }
    CHECK(status_setting(StatusAudience::contacts) == "contacts");
}
