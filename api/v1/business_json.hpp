#pragma once
// Business profiles as the API shows them.
#include "protocol/stanza/profiles.hpp"

#include <boost/json/object.hpp>

namespace wagate::v1 {

boost::json::object business_json(stanza::BusinessProfile const& profile);

} // namespace wagate::v1
