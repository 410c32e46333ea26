// Preloaded into linux.uml (User-Mode Linux, Debian's 6.1): makes it start on processors with wide vector state.
//
// UML saves and restores the floating-point state of its processes with PTRACE_GETREGSET/SETREGSET NT_X86_XSTATE and a
// buffer as large as AVX-512 needs. Where the processor has more (AMX), the host's kernel refuses a write that is not
// the whole state (EFAULT), and the guest panics with "ptrace set fp regs failed, errno = 14". Here the read is done
// whole and handed over cut, and the write is filled up: what the caller does not know of goes back to its initial state.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  kLargestState = 65536,
  kFeaturesOffset = 512,  // XSTATE_BV, after the legacy area of FXSAVE
  kKnownFeatures = 0x3ff  // x87 … PKRU: what lies within the caller's buffer
};

static unsigned char state[kLargestState] __attribute__((aligned(64)));
static size_t whole_bytes;  // of this processor; known after the first read

static long get_state(long pid, void* note, struct iovec* caller) {
  struct iovec all = {state, sizeof state};
  const long result = syscall(SYS_ptrace, (long)PTRACE_GETREGSET, pid, note, &all);
  if (result < 0) return result;
  whole_bytes = all.iov_len;
  if (caller->iov_len > whole_bytes) caller->iov_len = whole_bytes;
  memcpy(caller->iov_base, state, caller->iov_len);
  return 0;
}

static long set_state(long pid, void* note, struct iovec* caller) {
  if (whole_bytes == 0 || caller->iov_len >= whole_bytes)
    return syscall(SYS_ptrace, (long)PTRACE_SETREGSET, pid, note, caller);
  memcpy(state, caller->iov_base, caller->iov_len);
  memset(state + caller->iov_len, 0, whole_bytes - caller->iov_len);
  uint64_t features;
  memcpy(&features, state + kFeaturesOffset, sizeof features);
  features &= kKnownFeatures;
  memcpy(state + kFeaturesOffset, &features, sizeof features);
  struct iovec all = {state, whole_bytes};
  return syscall(SYS_ptrace, (long)PTRACE_SETREGSET, pid, note, &all);
}

// As glibc's: a peek returns the word itself, with errno telling an error apart.
static long peek(long request, long pid, void* address) {
  long word = 0;
  const long result = syscall(SYS_ptrace, request, pid, address, &word);
  if (result < 0) return result;
  errno = 0;
  return word;
}

long ptrace(enum __ptrace_request request, ...) {
  va_list list;
  va_start(list, request);
  const long pid = va_arg(list, long);
  void* address = va_arg(list, void*);
  void* data = va_arg(list, void*);
  va_end(list);
  if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER)
    return peek(request, pid, address);
  if (request == PTRACE_GETREGSET && (long)address == NT_X86_XSTATE) return get_state(pid, address, data);
  if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE) return set_state(pid, address, data);
  return syscall(SYS_ptrace, (long)request, pid, address, data);
}
