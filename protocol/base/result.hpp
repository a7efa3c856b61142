#pragma once
// Errors as values. Each folder adds its own error enum and category; text is made there, once.
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace wagate {

using ErrorCode = boost::system::error_code;

/// A value or the reason why there is none. Expected failures only; broken invariants throw.
template <class T>
using Result = boost::system::result<T>;

} // namespace wagate

/// Evaluates an expression that yields a Result; on failure returns its error from the enclosing function.
#define WAGATE_TRY_JOIN2(a, b) a##b
#define WAGATE_TRY_JOIN(a, b) WAGATE_TRY_JOIN2(a, b)
#define WAGATE_TRY_IMPL(name, declaration, expression)                                                       \
    auto name = (expression);                                                                                \
    if (!name) return name.error();                                                                          \
    declaration = std::move(*name)
#define WAGATE_TRY(declaration, expression)                                                                  \
    WAGATE_TRY_IMPL(WAGATE_TRY_JOIN(wagate_try_, __LINE__), declaration, expression)
#define WAGATE_CHECK_OK(expression)                                                                          \
    if (auto wagate_checked = (expression); !wagate_checked) return wagate_checked.error()
