// The page of the HTML report, made of the three files of src/profile/report when Lathe is built.
#pragma once

#include <string>

namespace lathe::profile {

// With "/*LATHE_DATA*/null" where the data belongs.
const std::string& ReportPage();

}  // namespace lathe::profile
