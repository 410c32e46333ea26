// The process that runs scripts, as its owner sees it.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "addon.h"
#include "errno.h"
#include "fd.h"
#include "script_wire.h"

namespace lvskeeper {

namespace {

// Requests of as many scripts as begin at once.
constexpr int kSendBufferBytes = 1024 * 1024;

class SpawnSetup {
 public:
  explicit SpawnSetup(int fd) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&files_, 0, 1);
    posix_spawn_file_actions_adddup2(&files_, 0, 2);
    posix_spawn_file_actions_adddup2(&files_, fd, kOwnerFd);
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

// posix_spawn(3) shares our memory with the child until its exec, in place of copying what describes it.
Napi::Value StartScripts(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "startScripts(program: string, title: string, environment: string[])";
  const Napi::Env env = info.Env();
  const std::string program = StringArgument(info, 0, kUsage);
  std::vector<std::string> title{StringArgument(info, 1, kUsage)};
  if (!info[2].IsArray()) throw Napi::TypeError::New(env, kUsage);
  const auto variables = info[2].As<Napi::Array>();
  std::vector<std::string> environment;
  for (uint32_t i = 0; i < variables.Length(); ++i) environment.push_back(variables.Get(i).ToString().Utf8Value());

  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    throw SystemError(env, errno, "socketpair");
  UniqueFd ours(pair[0]);
  const UniqueFd its(pair[1]);
  if (setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSendBufferBytes, sizeof kSendBufferBytes) < 0)
    setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);

  SpawnSetup setup(its.get());
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, program.c_str(), &setup.files_, &setup.attributes_, Pointers(title).data(),
                                 Pointers(environment).data());
  if (failed != 0) throw SystemError(env, failed, "posix_spawn");
  const auto result = Napi::Object::New(env);
  result.Set("pid", Napi::Number::New(env, pid));
  result.Set("fd", Napi::Number::New(env, ours.release()));
  return result;
}

Napi::Value HasEnded(const Napi::CallbackInfo& info) {
  const int pid = IntArgument(info, 0, "hasEnded(pid: number)");
  return Napi::Boolean::New(info.Env(), waitpid(pid, nullptr, WNOHANG) != 0);
}

}  // namespace lvskeeper
