// Man pages and the shells' completion, made from the tree of commands: nothing is said twice.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace lathe::tools {

// What --help prints.
std::string HelpText(const CLI::App& command);

// The source (troff, man macros) of a command's page in section 1.
std::string ManPage(const CLI::App& command);

// The script that a shell sources to complete the words of `root`. An option's values are read from its type
// name: "on|off" lists them, "FILE" asks for a file.
std::string BashCompletion(const CLI::App& root);
std::string ZshCompletion(const CLI::App& root);

// Writes the pages of all commands and of the C ABI, and both scripts to where `share`, as in /usr/share, has
// such files. Throws FileError.
void WritePages(const CLI::App& root, const std::string& share);

}  // namespace lathe::tools
