// What loading a large native library needs and JavaScript lacks: standard error turned off and on again at the level of
// file descriptors (TensorFlow's library writes notices while it is being loaded, before any log level applies), and
// libraries loaded by path before another one asks for them by name (CUDA's, which lie on no search path).
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <string>

namespace {

constexpr int kStderr = 2;
int saved = -1;

napi_value Mute(napi_env, napi_callback_info) {
  if (saved >= 0) return nullptr;
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return nullptr;
  saved = fcntl(kStderr, F_DUPFD_CLOEXEC, 3);
  if (saved >= 0) dup2(nowhere, kStderr);
  close(nowhere);
  return nullptr;
}

napi_value Unmute(napi_env, napi_callback_info) {
  if (saved < 0) return nullptr;
  dup2(saved, kStderr);
  close(saved);
  saved = -1;
  return nullptr;
}

// preload(path): undefined when the library is loaded, else the linker's message.
napi_value Preload(napi_env env, napi_callback_info info) {
  size_t count = 1;
  size_t length = 0;
  napi_value argument;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count != 1 ||
      napi_get_value_string_utf8(env, argument, nullptr, 0, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "preload() takes the path of a library");
    return nullptr;
  }
  std::string path(length, '\0');
  napi_get_value_string_utf8(env, argument, &path[0], length + 1, &length);
  if (dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL) != nullptr) return nullptr;
  const char* message = dlerror();
  napi_value result = nullptr;
  napi_create_string_utf8(env, message == nullptr ? "unknown" : message, NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value Init(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"mute", nullptr, Mute, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"unmute", nullptr, Unmute, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"preload", nullptr, Preload, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
