#include "script_child.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "script_wire.h"

namespace lvskeeper {

namespace {

// Of a program that looks at something. Enough for any, and so few that one that multiplies itself leaves the machine alone.
constexpr rlim_t kOpenFiles = 1024;
constexpr rlim_t kMoreProcesses = 1024;

// RLIMIT_NPROC counts processes and threads of an account (not those of root), whoever has started them. So it is set above
// all that there are: an account with thousands, a database's, can be that of a check, and one check that multiplies itself
// leaves room for those of the same account that begin after it.
rlim_t MostProcesses() {
  const int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return kMoreProcesses;
  char text[128];
  const ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  text[std::max<ssize_t>(length, 0)] = '\0';
  unsigned long all = 0; // proc(5): three averages, and what runs / what there is
  return sscanf(text, "%*s %*s %*s %*u/%lu", &all) == 1 ? all + kMoreProcesses : kMoreProcesses;
}

void Limit(__rlimit_resource resource, rlim_t most) {
  rlimit limit{};
  if (getrlimit(resource, &limit) < 0) return;
  limit.rlim_cur = std::min(limit.rlim_cur, most);
  if (resource != RLIMIT_NOFILE) limit.rlim_max = std::min(limit.rlim_max, most);
  setrlimit(resource, &limit);
}

void ResetSignals() {
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &plain, nullptr);
}

void SetMask(const sigset_t& mask) { sigprocmask(SIG_SETMASK, &mask, nullptr); }

// 0, or an errno.
int BecomeUser(const ScriptProgram& program) {
  if (program.uid == kNobody) return 0;
  std::vector<gid_t> groups = program.groups;
  groups.push_back(program.gid);
  if (geteuid() == 0 && setgroups(groups.size(), groups.data()) < 0) return errno;
  if (setresgid(program.gid, program.gid, program.gid) < 0) return errno;
  if (setresuid(program.uid, program.uid, program.uid) < 0) return errno;
  return 0;
}

// What a shell may make sense of: not the program of another kind of machine, nor a file that a full disk has left empty.
bool IsText(const char* file) {
  const int fd = open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char head[256];
  const ssize_t length = read(fd, head, sizeof head);
  close(fd);
  return length > 0 && memchr(head, '\0', static_cast<size_t>(length)) == nullptr;
}

// An errno, or it does not return. A text in no format the kernel knows (no `#!`) is run by /bin/sh.
int Execute(const std::vector<char*>& argv) {
  if (strchr(argv[0], '/') == nullptr) {
    execvp(argv[0], argv.data());
    return errno;
  }
  execv(argv[0], argv.data());
  const int refused = errno;
  if (refused != ENOEXEC || !IsText(argv[0])) return refused;
  static char shell[] = "/bin/sh";
  std::vector<char*> words{shell};
  words.insert(words.end(), argv.begin(), argv.end());
  execv(shell, words.data());
  return errno;
}

void Mark(uint64_t run) {
  char value[17];
  snprintf(value, sizeof value, "%016" PRIx64, run);
  setenv(kMarkName, value, 1);
}

// In the child. An errno, or it does not return.
int Become(const ScriptProgram& program, pid_t runner, int outputFd) {
  setsid();
  if (getpriority(PRIO_PROCESS, 0) < 0) setpriority(PRIO_PROCESS, 0, 0); // vrrp_priority is not meant for it
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return errno;
  const int standardOutput = program.flags & kKeepStdout ? outputFd : null;
  if (dup2(null, 0) < 0 || dup2(standardOutput, 1) < 0 || dup2(outputFd, 2) < 0) return errno;
  if (program.flags & kLimited) {
    Mark(program.run);
    Limit(RLIMIT_NOFILE, kOpenFiles);
    Limit(RLIMIT_CORE, 0);
    if (program.uid != kNobody && program.uid != 0) Limit(RLIMIT_NPROC, MostProcesses());
  }
  const int refused = BecomeUser(program);
  if (refused != 0) return refused;
  if (program.flags & kNoNewPrivileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
  if (program.flags & kEndWithOwner) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); // after the change of user, which forgets it
    if (getppid() != runner) return ESRCH;
  }
  ResetSignals();
  sigset_t none;
  sigemptyset(&none);
  SetMask(none); // one that was sent meanwhile counts now
  return Execute(program.argv);
}

}  // namespace

Started StartScript(const ScriptProgram& program) {
  int output[2];
  int failure[2];
  if (pipe2(output, O_CLOEXEC) < 0) return {-errno, -1, -1};
  if (pipe2(failure, O_CLOEXEC | O_NONBLOCK) < 0) {
    const int error = errno;
    close(output[0]);
    close(output[1]);
    return {-error, -1, -1};
  }
  fcntl(output[0], F_SETFL, O_NONBLOCK); // this end only: a program expects to wait when it writes
  const pid_t runner = getpid();
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) {
    const int error = Become(program, runner, output[1]);
    (void)!write(failure[1], &error, sizeof error);
    _exit(127);
  }
  const int error = errno;
  SetMask(before);
  close(output[1]);
  close(failure[1]);
  if (pid > 0) return {pid, output[0], failure[0]};
  close(output[0]);
  close(failure[0]);
  return {-error, -1, -1};
}

}  // namespace lvskeeper
