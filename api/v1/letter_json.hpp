#pragma once
// Dead letters as JSON.
#include "storage/store.hpp"

#include <boost/json/object.hpp>

namespace wagate::v1 {

boost::json::object letter_json(storage::DeadLetter const& letter);

} // namespace wagate::v1
