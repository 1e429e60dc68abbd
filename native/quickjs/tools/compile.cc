// A build tool: compiles the modules of the bundle to bytecode and writes them as one C++ file (bytecode.h).
//   bytecode-compiler OUTPUT.cc ENTRY.js CHUNK.js...
//   bytecode-compiler --raw OUTPUT PROGRAM.js           only the bytecode
// It is linked with the executable's engine, because the format of bytecode is specific to a version.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "../engine.h"

namespace {

[[noreturn]] void fail(const std::string& message) {
  fprintf(stderr, "bytecode-compiler: %s\n", message.c_str());
  exit(1);
}

std::string readFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(std::string("cannot read ") + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string baseName(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

[[noreturn]] void failWithException(JSContext* context, const std::string& name) {
  JSValue error = JS_GetException(context);
  JSValue stack = JS_GetPropertyStr(context, error, "stack");
  fail(name + ": " + JS_ToCString(context, error) + "\n" + JS_ToCString(context, stack));
}

void writeBytes(std::ostream& out, const uint8_t* data, size_t size) {
  for (size_t i = 0; i < size; i++) out << static_cast<unsigned>(data[i]) << (i % 32 == 31 ? ",\n" : ",");
}

// A module is compiled alone: its imports are empty modules here, and are resolved when it is linked in the executable.
JSModuleDef* emptyModule(JSContext* context, const char* name, void* /* opaque */) {
  return JS_NewCModule(context, name, [](JSContext*, JSModuleDef*) { return 0; });
}

struct Bytes {
  const uint8_t* data;
  size_t size;
};

Bytes compileModule(JSContext* context, const char* path) {
  const std::string name = baseName(path);
  const std::string source = readFile(path);
  JSValue module = JS_Eval(context, source.c_str(), source.size(), name.c_str(), JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(module)) failWithException(context, name);
  size_t size;
  const uint8_t* bytecode = JS_WriteObject(context, &size, module, tsrun::kWriteBytecode);
  if (bytecode == nullptr) failWithException(context, name);
  return {bytecode, size};
}

void writeRaw(JSContext* context, std::ostream& out, const char* path) {
  const Bytes bytes = compileModule(context, path);
  out.write(reinterpret_cast<const char*>(bytes.data), static_cast<std::streamsize>(bytes.size));
}

void writeSource(JSContext* context, std::ostream& out, size_t count, char** paths) {
  out << "#include \"native/quickjs/bytecode.h\"\n\nnamespace tsrun {\nnamespace {\n";
  for (size_t i = 0; i < count; i++) {
    const Bytes bytes = compileModule(context, paths[i]);
    out << "const uint8_t kModule" << i << "[] = {\n";
    writeBytes(out, bytes.data, bytes.size);
    out << "};\n";
  }
  out << "}\nconst EmbeddedModule kEmbeddedModules[] = {\n";
  for (size_t i = 0; i < count; i++) {
    out << "  {\"" << baseName(paths[i]) << "\", kModule" << i << ", sizeof kModule" << i << "},\n";
  }
  out << "};\nconst size_t kEmbeddedModuleCount = " << count << ";\n}\n";
}

}  // namespace

int main(int argc, char** argv) {
  const bool raw = argc == 4 && strcmp(argv[1], "--raw") == 0;
  if (argc < 3) fail("usage: bytecode-compiler OUTPUT.cc ENTRY.js CHUNK.js... | --raw OUTPUT PROGRAM.js");
  JSRuntime* runtime = JS_NewRuntime();
  // Names of functions and line numbers would make the executable half as large again, and slower to start.
  tsrun::stripDebugInformation(runtime);
  JS_SetModuleLoaderFunc(runtime, nullptr, emptyModule, nullptr);
  JSContext* context = JS_NewContext(runtime);
  const char* output = argv[raw ? 2 : 1];
  std::ofstream out(output, std::ios::binary);
  if (raw) {
    writeRaw(context, out, argv[3]);
  } else {
    writeSource(context, out, static_cast<size_t>(argc) - 2, argv + 2);
  }
  out.close();
  if (!out) fail(std::string("cannot write ") + output);
  return 0;
}
