#pragma once
// A file in a request's body: `{mimetype, filename, url | data}` (waha.md 4, FILE).
#include "api/http/shape.hpp"
#include "gateway/media/media_files.hpp"

namespace wagate::waha {

/// The fields of FILE, as the members of an object.
http::Shape file_shape();
/// Takes the text out of the body: a file is not kept twice. @param name of the field, in problems
gateway::FileSource take_file(http::json::object& file, std::vector<std::string>& problems,
                              std::string const& name = "file");

} // namespace wagate::waha
