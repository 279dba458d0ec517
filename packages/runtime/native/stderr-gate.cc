// Two functions that turn standard error off and on again at the level of file descriptors. TensorFlow's library writes
// notices while it is being loaded, before any log level applies; JavaScript has no dup2 to keep them off a terminal.
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

namespace {

constexpr int kStderr = 2;
int saved = -1;

napi_value Close(napi_env, napi_callback_info) {
  if (saved >= 0) return nullptr;
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return nullptr;
  saved = fcntl(kStderr, F_DUPFD_CLOEXEC, 3);
  if (saved >= 0) dup2(nowhere, kStderr);
  close(nowhere);
  return nullptr;
}

napi_value Open(napi_env, napi_callback_info) {
  if (saved < 0) return nullptr;
  dup2(saved, kStderr);
  close(saved);
  saved = -1;
  return nullptr;
}

napi_value Init(napi_env env, napi_value exports) {
  napi_value close_function, open_function;
  if (napi_create_function(env, "close", NAPI_AUTO_LENGTH, Close, nullptr, &close_function) == napi_ok)
    napi_set_named_property(env, exports, "close", close_function);
  if (napi_create_function(env, "open", NAPI_AUTO_LENGTH, Open, nullptr, &open_function) == napi_ok)
    napi_set_named_property(env, exports, "open", open_function);
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
