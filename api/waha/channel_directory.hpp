#pragma once
// What the directory of channels can be searched by: fixed lists that WhatsApp's apps show.
#include <boost/json/array.hpp>

namespace wagate::waha {

boost::json::array channel_views();      ///< `{value, name}`
boost::json::array channel_countries();  ///< `{code, name}`
boost::json::array channel_categories(); ///< `{value, name}`
bool is_channel_view(std::string_view value) noexcept;

} // namespace wagate::waha
