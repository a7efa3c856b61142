#pragma once
// The text of api/openapi.json, built into the program. It is the truth about the routes; a test compares the
// two.
#include <string_view>

namespace wagate {

std::string_view openapi_document() noexcept;

} // namespace wagate
