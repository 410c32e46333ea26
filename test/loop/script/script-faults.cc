// Stands between the process that runs scripts and the C library (ld --wrap): a call fails with the errno that is in the file
// named $LVS_TEST_FAULTS/CALL, as long as there is that file.
#include <sys/epoll.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

bool Fails(const char* call) {
  const char* folder = getenv("LVS_TEST_FAULTS");
  FILE* file = folder == nullptr ? nullptr : fopen((std::string(folder) + "/" + call).c_str(), "re");
  if (file == nullptr) return false;
  int error = 0;
  const bool read = fscanf(file, "%d", &error) == 1;
  fclose(file);
  if (read) errno = error;
  return read;
}

}  // namespace

extern "C" {

pid_t __real_fork();
pid_t __wrap_fork() { return Fails("fork") ? -1 : __real_fork(); }

int __real_epoll_ctl(int epoll, int operation, int fd, epoll_event* event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
  return operation == EPOLL_CTL_ADD && Fails("epoll_ctl") ? -1 : __real_epoll_ctl(epoll, operation, fd, event);
}

}
