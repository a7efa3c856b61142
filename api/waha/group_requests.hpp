#pragma once
// What requests about groups have in common: the group in the path, people in the body, invite codes.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "protocol/base/jid.hpp"

namespace wagate::waha {

/// `participants`: a list of `{"id":…}`.
http::Field participants_field(std::size_t least);
/// People by number or LID; a problem for each that is none. @param body accepted with participants_field
std::vector<Jid> people_in(boost::json::object const& body, std::vector<std::string>& problems);

/// A group by its id; a number alone counts too.
std::optional<Jid> group_of(std::string text);
/// The group that a parameter of the path names; a number alone counts too.
std::optional<Jid> group_in(http::Call const& call, std::string_view parameter = "id");
http::Response no_group(std::string_view parameter = "id");

/// A code, also when it is given as a link.
std::string invite_code_in(std::string text);

/// 200 with JSON that is already text.
http::Response json_text(std::string body);
inline constexpr std::string_view success_answer = R"({"success":true})";

} // namespace wagate::waha
