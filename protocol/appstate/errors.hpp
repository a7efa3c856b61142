#pragma once
// Why a patch or a snapshot is refused.
#include "protocol/base/result.hpp"

namespace wagate::appstate {

enum class AppStateErrc {
    malformed = 1,      ///< does not parse, or a field has an impossible length
    missing_key,        ///< sealed with a key that the phone has not shared: ask for it and wait
    patch_mac_mismatch, ///< the list of changes, the version or the collection is not what the author signed
    value_mac_mismatch, ///< a value, its operation or its key id was changed
    undecryptable,      ///< the MAC is right, what it covers is not: the author made it wrong
    index_mac_mismatch, ///< a value stands under an index that is not its own
    snapshot_mac_mismatch, ///< the sum over all values differs: fetch the collection's snapshot anew
    version_gap,           ///< a patch between is missing: fetch again from the own version
    already_applied,       ///< a patch that is in the state: skip it
    blob_missing,          ///< the changes are in an external blob that has not been filled in
    too_large,             ///< more than the limits of sealed.hpp
    wrong_collection,      ///< an action that belongs to another collection
    duplicate_index,       ///< two changes of one entry in one patch
    empty_patch,           ///< nothing to say
};

boost::system::error_code make_error_code(AppStateErrc error);

} // namespace wagate::appstate

template <>
struct boost::system::is_error_code_enum<wagate::appstate::AppStateErrc> : std::true_type {};
