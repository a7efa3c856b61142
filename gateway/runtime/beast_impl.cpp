// The one copy of Beast's compiled part in a gateway program (BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/beast/src.hpp>
