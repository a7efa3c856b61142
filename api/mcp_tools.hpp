#pragma once
// Which operations of the API are tools, and what they take: made of the API's own description.
#include "api/http/json.hpp"

#include <string>
#include <vector>

namespace wagate {

struct McpTool {
    std::string name;        ///< "chats-get-messages"
    std::string description; ///< the operation's summary
    std::string method;
    std::string path;          ///< template
    boost::json::object input; ///< JSON schema of its arguments
    std::vector<std::string> in_path;
    std::vector<std::string> in_query;
    bool has_body = false; ///< all other arguments go there
};

/// Those of the table that the document describes. @param document OpenAPI, as served
std::vector<McpTool> mcp_tools(boost::json::value const& document);

/// Names of the table that the document does not describe: none, unless somebody has changed one of them.
std::vector<std::string> unknown_mcp_tools(boost::json::value const& document);

} // namespace wagate
