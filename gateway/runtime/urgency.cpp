#include "gateway/runtime/urgency.hpp"

#include <unistd.h>

#include <sys/resource.h>

namespace wagate {

void set_urgency(Urgency urgency) noexcept
{
    constexpr int background_niceness = 10; // about a tenth of the usual share
    if (urgency == Urgency::usual) return;
    auto const thread = static_cast<id_t>(::gettid());
    auto const before = ::getpriority(PRIO_PROCESS, thread);
    ::setpriority(PRIO_PROCESS, thread, before + background_niceness);
}

} // namespace wagate
