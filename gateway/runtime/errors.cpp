#include "gateway/runtime/errors.hpp"

namespace wagate {
namespace {

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "runtime"; }
    std::string message(int value) const override
    {
        switch (static_cast<RuntimeErrc>(value)) {
        case RuntimeErrc::overloaded: return "too much work is waiting";
        case RuntimeErrc::stopped: return "stopped";
        }
        return "unknown runtime error";
    }
};

} // namespace

ErrorCode make_error_code(RuntimeErrc code) noexcept
{
    static Category const category;
    return {static_cast<int>(code), category};
}

} // namespace wagate
