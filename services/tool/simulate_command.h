#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace hjerte::tool {

// Adds `simulate` to the tool. When it is the command given, `run` becomes what is to be done; it returns the exit
// code.
void AddSimulateCommand(CLI::App& tool, std::function<int()>& run);

}  // namespace hjerte::tool
