#include "protocol/engine/server_error.hpp"

namespace wagate::engine {
namespace {

class ServerCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "whatsapp"; }
    std::string message(int value) const override
    {
        return "the server refused the request with code " + std::to_string(value);
    }
};

ServerCategory const& category()
{
    static ServerCategory const instance;
    return instance;
}

} // namespace

ErrorCode server_error(int code)
{
    return {code, category()};
}

int server_code(ErrorCode const& error) noexcept
{
    return error.category() == category() ? error.value() : 0;
}

} // namespace wagate::engine
