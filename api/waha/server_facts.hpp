#pragma once
// What the API knows of the process that it runs in.
#include <functional>
#include <string>
#include <vector>

namespace wagate::waha {

struct ServerFacts {
    struct Variable {
        std::string name;
        std::string value;   ///< masked where it may be a secret
        bool is_own = false; ///< of this server, not of the system
    };
    std::vector<Variable> variables; ///< of the environment, by name
    /// Ends the process soon after it returns; `force`: without closing anything. Empty: not possible.
    std::function<void(bool force)> stop;
};

} // namespace wagate::waha
