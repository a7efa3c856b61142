// Asio's own code, compiled once. Kept apart from TLS and Beast, so that a program that also links another
// copy of one of them takes each from a single archive member.
#include <boost/asio/impl/src.hpp>
