// The differences between the engines that the executable can be built with: QuickJS and its fork quickjs-ng.
#pragma once
#include <quickjs.h>

#include <cstddef>

// Only quickjs-ng defines its version in the header.
#ifdef QJS_VERSION_MAJOR
#define TSRUN_QUICKJS_NG 1
#else
#define TSRUN_QUICKJS_NG 0
#endif

namespace tsrun {

#if TSRUN_QUICKJS_NG

using EngineBool = bool;
// The first parameter of an allocator's functions. quickjs-ng does its own accounting.
using AllocatorState = void;
inline void countBlock(AllocatorState* /* state */, size_t /* size */) {}
inline void discountBlock(AllocatorState* /* state */, size_t /* size */) {}
inline bool isArray(JSContext* /* context */, JSValueConst value) { return JS_IsArray(value); }

// Bytecode without names of functions and line numbers.
constexpr int kWriteBytecode = JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_DEBUG;
inline void stripDebugInformation(JSRuntime* /* runtime */) {}

#else

using EngineBool = JS_BOOL;
using AllocatorState = JSMallocState;
inline void countBlock(AllocatorState* state, size_t size) {
  state->malloc_count++;
  state->malloc_size += size;
}
inline void discountBlock(AllocatorState* state, size_t size) {
  state->malloc_count--;
  state->malloc_size -= size;
}
inline bool isArray(JSContext* context, JSValueConst value) { return JS_IsArray(context, value) == 1; }

constexpr int kWriteBytecode = JS_WRITE_OBJ_BYTECODE;
inline void stripDebugInformation(JSRuntime* runtime) { JS_SetStripInfo(runtime, JS_STRIP_DEBUG); }

#endif

}  // namespace tsrun
