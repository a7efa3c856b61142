#include "protocol/history/errors.hpp"

namespace wagate::history {
namespace {

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.history"; }
    std::string message(int value) const override
    {
        switch (static_cast<HistoryErrc>(value)) {
        case HistoryErrc::damaged: return "the history is damaged";
        case HistoryErrc::too_large: return "the history is too large";
        case HistoryErrc::gone: return "the media servers no longer have the history";
        case HistoryErrc::unreachable: return "the history could not be downloaded";
        }
        return "unknown history error";
    }
};

} // namespace

boost::system::error_code make_error_code(HistoryErrc error)
{
    static Category const category;
    return {static_cast<int>(error), category};
}

} // namespace wagate::history
