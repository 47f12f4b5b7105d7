// Writing to a file descriptor.
#pragma once

#include <string_view>

namespace lathe {

// Writes all of it, however often the system takes a part; false, with errno set, if it takes no more.
bool WriteAll(int file, std::string_view bytes);

}  // namespace lathe
