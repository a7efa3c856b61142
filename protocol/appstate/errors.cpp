#include "protocol/appstate/errors.hpp"

namespace wagate::appstate {
namespace {

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.appstate"; }

    std::string message(int value) const override
    {
        switch (static_cast<AppStateErrc>(value)) {
        case AppStateErrc::malformed: return "malformed app state";
        case AppStateErrc::missing_key: return "an app state key is missing";
        case AppStateErrc::patch_mac_mismatch: return "the MAC of the patch is wrong";
        case AppStateErrc::value_mac_mismatch: return "the MAC of a value is wrong";
        case AppStateErrc::undecryptable: return "a value cannot be decrypted";
        case AppStateErrc::index_mac_mismatch: return "the MAC of an index is wrong";
        case AppStateErrc::snapshot_mac_mismatch: return "the MAC over the whole collection is wrong";
        case AppStateErrc::version_gap: return "a patch is missing in between";
        case AppStateErrc::already_applied: return "the patch is already applied";
        case AppStateErrc::blob_missing: return "the patch's external blob is missing";
        case AppStateErrc::too_large: return "too many or too large app state entries";
        case AppStateErrc::wrong_collection: return "an action belongs to another collection";
        case AppStateErrc::duplicate_index: return "a patch changes one entry twice";
        case AppStateErrc::empty_patch: return "a patch without changes";
        }
        return "unknown app state error";
    }
};

} // namespace

boost::system::error_code make_error_code(AppStateErrc error)
{
    static Category const category;
    return {static_cast<int>(error), category};
}

} // namespace wagate::appstate
