// How the kernel schedules a thread of this process, and whether its memory may be swapped out.
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "addon.h"
#include "errno.h"

namespace lvskeeper {

namespace {

// A set for as many processors as asked for: cpu_set_t ends at 1024.
struct FreeCpuSet {
  void operator()(cpu_set_t* set) const { CPU_FREE(set); }
};
using CpuSet = std::unique_ptr<cpu_set_t, FreeCpuSet>;
constexpr int kMostCpus = 8192;

}  // namespace

void SetRealtimePriority(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "setRealtimePriority(thread: number, priority: number)";
  const int thread = IntArgument(info, 0, kUsage);
  sched_param parameters{};
  parameters.sched_priority = IntArgument(info, 1, kUsage);
  const int policy = parameters.sched_priority == 0 ? SCHED_OTHER : SCHED_RR | SCHED_RESET_ON_FORK;
  if (sched_setscheduler(thread, policy, &parameters) < 0) throw SystemError(info.Env(), errno, "sched_setscheduler");
}

void SetAffinity(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "setAffinity(thread: number, processors: number[])";
  const int thread = IntArgument(info, 0, kUsage);
  if (!info[1].IsArray()) throw Napi::TypeError::New(info.Env(), kUsage);
  const auto list = info[1].As<Napi::Array>();
  const CpuSet set(CPU_ALLOC(kMostCpus));
  const size_t size = CPU_ALLOC_SIZE(kMostCpus);
  CPU_ZERO_S(size, set.get());
  for (uint32_t i = 0; i < list.Length(); i++) {
    const Napi::Value cpu = list[i];
    if (!cpu.IsNumber()) throw Napi::TypeError::New(info.Env(), kUsage);
    const int number = cpu.As<Napi::Number>().Int32Value();
    if (number >= 0 && number < kMostCpus) CPU_SET_S(number, size, set.get());
  }
  if (sched_setaffinity(thread, size, set.get()) < 0) throw SystemError(info.Env(), errno, "sched_setaffinity");
}

Napi::Value Affinity(const Napi::CallbackInfo& info) {
  const int thread = IntArgument(info, 0, "affinity(thread: number)");
  const CpuSet set(CPU_ALLOC(kMostCpus));
  const size_t size = CPU_ALLOC_SIZE(kMostCpus);
  CPU_ZERO_S(size, set.get());
  if (sched_getaffinity(thread, size, set.get()) < 0) throw SystemError(info.Env(), errno, "sched_getaffinity");
  auto list = Napi::Array::New(info.Env());
  for (int cpu = 0; cpu < kMostCpus; cpu++)
    if (CPU_ISSET_S(cpu, size, set.get())) list.Set(list.Length(), Napi::Number::New(info.Env(), cpu));
  return list;
}

// What comes from files and is never written: the program's code and constants. V8 gives pages of its heap back by
// madvise(2), which fails on locked memory, and that ends the process.
void LockMemory(const Napi::CallbackInfo& info) {
  if (!info[0].IsBoolean()) throw Napi::TypeError::New(info.Env(), "lockMemory(on: boolean)");
  if (!info[0].As<Napi::Boolean>()) {
    if (munlockall() < 0) throw SystemError(info.Env(), errno, "munlockall");
    return;
  }
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0, end = 0;
    char permissions[5] = "";
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, permissions) != 3) continue;
    if (permissions[0] != 'r' || permissions[1] == 'w' || line.find(" /") == std::string::npos) continue;
    if (mlock2(reinterpret_cast<void*>(begin), end - begin, MLOCK_ONFAULT) < 0)
      throw SystemError(info.Env(), errno, "mlock2");
  }
}

void SetRunTimeLimit(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "setRunTimeLimit(us: number)";
  if (!info[0].IsNumber()) throw Napi::TypeError::New(info.Env(), kUsage);
  const int64_t us = info[0].As<Napi::Number>().Int64Value();
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) < 0) throw SystemError(info.Env(), errno, "getrlimit");
  limit.rlim_cur = us > 0 ? static_cast<rlim_t>(us) : limit.rlim_max;
  if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_RTTIME, &limit) < 0) throw SystemError(info.Env(), errno, "setrlimit");
}

}  // namespace lvskeeper
