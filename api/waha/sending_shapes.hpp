#pragma once
// Request bodies of SendingRoutes as values: what is required of them, and what they mean.
#include "api/http/shape.hpp"
#include "gateway/media/media_files.hpp"
#include "protocol/message/body.hpp"

namespace wagate::waha {

http::Shape const& location_shape();
message::Location to_location(http::json::object const& body);

http::Shape const& contacts_shape();
/// Appends to `problems` what is missing: each contact has a vCard, or a name and a number.
message::Contacts to_contacts(http::json::object const& body, std::vector<std::string>& problems);

http::Shape const& poll_shape();
message::Poll to_poll(http::json::object const& body, std::vector<std::string>& problems);

http::Shape const& poll_vote_shape();
/// `votes` may be a list of lists, as in WAHA's schema, or of texts, as in its documentation.
http::json::value with_flat_votes(http::json::value body);
std::vector<std::string> to_votes(http::json::object const& body);

http::Shape const& list_shape();
message::List to_list(http::json::object const& body, std::vector<std::string>& problems);

http::Shape const& event_shape();
/// `event`, what it says; required.
http::Field event_field();
message::CalendarEvent to_event(http::json::object const& body, std::vector<std::string>& problems);

http::Shape const& custom_preview_shape();
/// Takes the picture out of the body.
gateway::LinkDraft to_preview(http::json::object& body, std::vector<std::string>& problems);

http::Shape const& buttons_shape();
/// The picture above the buttons, taken out of the body; nothing when there is none.
std::optional<gateway::FileSource> take_header_image(http::json::object& body,
                                                     std::vector<std::string>& problems);
message::Interactive to_buttons(http::json::object const& body, std::vector<std::string>& problems);

} // namespace wagate::waha
