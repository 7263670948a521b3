#pragma once

namespace CLI {
class App;
}

namespace hjerte::tool {

struct Context;

// `hjerte records`: what an adapter's source gives, as its map receives it. Reads the files and changes nothing.
void RegisterRecords(CLI::App& program, Context& context);

}  // namespace hjerte::tool
