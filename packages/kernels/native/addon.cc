// The addon that registers our ops with TensorFlow's library, which tfjs' own binding has loaded into the process by then.
#include <node_api.h>

#include <string>

#include "core/give-back.h"
#include "core/op.h"
#include "core/pages.h"
#include "core/parallel.h"

namespace {

// register(): registers all ops (once per process), gives back the memory that only loading needed, has malloc give back more of what is freed,
// and gives the ops' names.
napi_value Register(napi_env env, napi_callback_info) {
  try {
    moslora::register_ops();
    moslora::give_back_code();
    moslora::give_back_large_blocks();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
  napi_value names;
  napi_create_array(env, &names);
  uint32_t i = 0;
  for (const std::string& name : moslora::op_names()) {
    napi_value text;
    napi_create_string_utf8(env, name.c_str(), name.size(), &text);
    napi_set_element(env, names, i++, text);
  }
  return names;
}

// giveBack(): gives back memory that is free, or comes back from a file when it is needed.
napi_value GiveBack(napi_env, napi_callback_info) {
  moslora::give_back_pages();
  moslora::give_back_free();
  moslora::give_back_code();
  return nullptr;
}

// setThreads(count): how many threads an op uses, JavaScript's own included.
napi_value SetThreads(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  int32_t threads = 0;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count != 1 ||
      napi_get_value_int32(env, argument, &threads) != napi_ok || threads < 1) {
    napi_throw_type_error(env, nullptr, "setThreads() takes a number of threads, at least 1");
    return nullptr;
  }
  moslora::set_threads(threads);
  return nullptr;
}

napi_value Init(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"register", nullptr, Register, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"giveBack", nullptr, GiveBack, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"setThreads", nullptr, SetThreads, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
