// A build tool: compiles the modules of the bundle to bytecode and writes them as one C++ file (bytecode.h).
//   bytecode-compiler OUTPUT.cc ENTRY.js CHUNK.js...
//   bytecode-compiler --raw OUTPUT PROGRAM.js           only the bytecode
// It is linked with the executable's engine, because the format of bytecode is specific to a version.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../engine.h"
#include "../whole_file.h"

namespace {

[[noreturn]] void fail(const std::string& message) {
  fprintf(stderr, "bytecode-compiler: %s\n", message.c_str());
  exit(1);
}

std::string readFile(const char* path) {
  std::optional<std::string> text = tsrun::wholeFile(path);
  if (!text) fail(std::string("cannot read ") + path);
  return *std::move(text);
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

void writeBytes(FILE* out, const uint8_t* data, size_t size) {
  for (size_t i = 0; i < size; i++) fprintf(out, i % 32 == 31 ? "%u,\n" : "%u,", data[i]);
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

void writeRaw(JSContext* context, FILE* out, const char* path) {
  const Bytes bytes = compileModule(context, path);
  fwrite(bytes.data, 1, bytes.size, out);
}

void writeSource(JSContext* context, FILE* out, size_t count, char** paths) {
  fputs("#include \"native/quickjs/bytecode.h\"\n\nnamespace tsrun {\nnamespace {\n", out);
  for (size_t i = 0; i < count; i++) {
    const Bytes bytes = compileModule(context, paths[i]);
    fprintf(out, "const uint8_t kModule%zu[] = {\n", i);
    writeBytes(out, bytes.data, bytes.size);
    fputs("};\n", out);
  }
  fputs("}\nconst EmbeddedModule kEmbeddedModules[] = {\n", out);
  for (size_t i = 0; i < count; i++) fprintf(out, "  {\"%s\", kModule%zu, sizeof kModule%zu},\n", baseName(paths[i]).c_str(), i, i);
  fprintf(out, "};\nconst size_t kEmbeddedModuleCount = %zu;\n}\n", count);
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
  FILE* const out = fopen(output, "we");
  if (out == nullptr) fail(std::string("cannot write ") + output);
  if (raw) {
    writeRaw(context, out, argv[3]);
  } else {
    writeSource(context, out, static_cast<size_t>(argc) - 2, argv + 2);
  }
  const bool written = ferror(out) == 0;
  // Here, since a full disk may be noticed only now.
  if (fclose(out) != 0 || !written) fail(std::string("cannot write ") + output);
  return 0;
}
