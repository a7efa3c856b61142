#pragma once
// What a unit of work costs while it waits for storage, about.
#include "protocol/model/unit_of_work.hpp"

namespace wagate::gateway {

/// Bytes of its content and of the objects that hold it. Cheap.
std::size_t size_of(UnitOfWork const& work);

} // namespace wagate::gateway
