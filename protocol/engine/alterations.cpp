#include "protocol/engine/alterations.hpp"

namespace wagate::engine {

Alterations::Alterations(Core& core, Directory& directory) : core_(core), directory_(directory) {}

void Alterations::apply(UnitOfWork&, RecordSource const&, Message const&) {}

} // namespace wagate::engine
