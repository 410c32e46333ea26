// Errors as JavaScript sees them from node:net: { code: "EPERM", errno: -1, syscall: "socket" }.
#pragma once

#include <napi.h>
#include <uv.h>

#include <cerrno>
#include <string>

namespace lvskeeper {

// `err` is a positive errno value.
inline Napi::Error SystemError(Napi::Env env, int err, const char* syscall) {
  Napi::Error error = Napi::Error::New(env, std::string(syscall) + " " + uv_err_name(-err) + ": " + uv_strerror(-err));
  error.Set("code", Napi::String::New(env, uv_err_name(-err)));
  error.Set("errno", Napi::Number::New(env, -err));
  error.Set("syscall", Napi::String::New(env, syscall));
  return error;
}

// Runs a system call again for as long as a signal interrupts it: its result, or the negative errno.
template <typename Call>
inline long Retry(Call call) {
  for (;;) {
    const long result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace lvskeeper
