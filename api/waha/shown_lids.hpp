#pragma once
// Events of sessions that want people under their LIDs (`config.ids`).
#include <boost/json/object.hpp>

namespace wagate::waha {

/// Puts LIDs in the place of numbers, in addresses and in ids of messages, for everybody of whom `_data`
/// names both.
/// `_data` stays as it is.
void show_lids(boost::json::object& payload);

} // namespace wagate::waha
