#include "storage/keeper.hpp"

#include "storage/store.hpp"

#include <stdexcept>

namespace wagate::storage {

Keeper& keeper_of(Store& store)
{
    auto* const keeper = dynamic_cast<Keeper*>(&store);
    if (keeper == nullptr) throw std::logic_error("this store keeps no audit log");
    return *keeper;
}

} // namespace wagate::storage
