// The one copy of Asio's compiled part in a gateway program (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
