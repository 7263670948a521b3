# cmake -DFILES="a;b" -DOUTPUT=x.cc -P embed.cmake: writes AssetNamed() with the files' content.
set(body "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  file(READ ${file} content)
  string(APPEND body "  if (name == \"${name}\") return R\"embedded(${content})embedded\";\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"services/portal/assets.h\"

namespace hjerte::portal {

std::string_view AssetNamed(std::string_view name) {
${body}  return {};
}

}  // namespace hjerte::portal
")
