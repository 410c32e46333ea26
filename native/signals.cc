// Signals that process.on() has no name for (the real-time ones): a handler writes the number into a pipe, and JavaScript
// reads it from there.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "addon.h"
#include "errno.h"

namespace lvskeeper {

namespace {

// One pipe for the process: handlers are the process's too. -1 until something is caught.
int readEnd = -1;
volatile sig_atomic_t writeEnd = -1;

// Runs on whatever thread the kernel picks. A full pipe drops the signal: there are many of them to be read by then.
void OnSignal(int number) {
  const int saved = errno;
  const unsigned char byte = static_cast<unsigned char>(number);
  if (write(static_cast<int>(writeEnd), &byte, 1) < 0) {
  }
  errno = saved;
}

}  // namespace

void IgnoreSignal(const Napi::CallbackInfo& info) {
  const int number = IntArgument(info, 0, "ignoreSignal(signal: number)");
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  if (sigaction(number, &ignore, nullptr) < 0) throw SystemError(info.Env(), errno, "sigaction");
}

Napi::Value CatchSignal(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int number = IntArgument(info, 0, "catchSignal(signal: number)");
  if (readEnd < 0) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) throw SystemError(env, errno, "pipe2");
    readEnd = ends[0];
    writeEnd = ends[1];
  }
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  if (sigaction(number, &action, nullptr) < 0) throw SystemError(env, errno, "sigaction");
  return Napi::Number::New(env, readEnd);
}

}  // namespace lvskeeper
