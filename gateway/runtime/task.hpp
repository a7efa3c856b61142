#pragma once
// Coroutine type of everything that waits. This is all that most files need to see of Asio.
#include "protocol/base/result.hpp"

#include <boost/asio/awaitable.hpp>

namespace wagate {

template <class T>
using Task = boost::asio::awaitable<T>;

} // namespace wagate
