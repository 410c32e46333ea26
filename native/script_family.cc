#include "script_family.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

#include "script_wire.h"

namespace lvskeeper {

namespace {

// proc(5), /proc/PID/stat: pid (name) state ppid pgrp session … starttime, the 22nd. A name may hold anything, `)` too.
bool ReadStat(pid_t pid, int* parent, int* group, int* session, unsigned long long* startTicks) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[1024];
  const ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return false;
  text[length] = '\0';
  const char* rest = strrchr(text, ')');
  char state = 'Z';
  return rest != nullptr &&
         sscanf(rest + 1, " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state, parent,
                group, session, startTicks) == 5 &&
         state != 'Z';
}

// Threads of the kernel are of session 0.
constexpr pid_t kNoSession = -1;

// Far more than an environment has that anybody made on purpose.
constexpr size_t kMostEnvironment = 4 * 1024 * 1024;

// Each entry with a zero byte before it. Empty where it may not be read, and of a process that has ended.
std::string EnvironmentOf(pid_t pid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/environ", static_cast<int>(pid));
  std::string text(1, '\0');
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char part[16 * 1024];
  for (ssize_t length; text.size() < kMostEnvironment && (length = read(fd, part, sizeof part)) > 0;)
    text.append(part, static_cast<size_t>(length));
  close(fd);
  return text;
}

}  // namespace

void SignalMember(const Member& member, int signal) {
  // The descriptor stays that process's, whoever gets its number after the look at its start.
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, member.pid, 0));
  if (fd < 0 && errno != ENOSYS) return;
  if (ProcessTable::StartOf(member.pid) == member.startTicks) {
    if (fd < 0) kill(member.pid, signal); // before Linux 5.3
    else syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0);
  }
  if (fd >= 0) close(fd);
}

ProcessTable::ProcessTable() {
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return;
  while (const dirent* entry = readdir(proc)) {
    if (!isdigit(static_cast<unsigned char>(entry->d_name[0]))) continue;
    const pid_t pid = atoi(entry->d_name);
    int parent = 0;
    int group = 0;
    int session = 0;
    unsigned long long startTicks = 0;
    if (ReadStat(pid, &parent, &group, &session, &startTicks))
      rows_.push_back({{pid, startTicks}, parent, group, session});
  }
  closedir(proc);
}

uint64_t ProcessTable::StartOf(pid_t pid) {
  int parent = 0;
  int group = 0;
  int session = 0;
  unsigned long long startTicks = 0;
  return ReadStat(pid, &parent, &group, &session, &startTicks) ? startTicks : 0;
}

std::vector<const ProcessTable::Row*> ProcessTable::Family(pid_t leader, const std::vector<Member>& known) const {
  std::set<pid_t> family;
  for (const Row& row : rows_) {
    bool belongs = row.session == leader || row.member.pid == leader;
    for (const Member& member : known)
      belongs = belongs || (member.pid == row.member.pid && member.startTicks == row.member.startTicks);
    if (belongs) family.insert(row.member.pid);
  }
  for (size_t before = 0; before != family.size() && !family.empty();) {
    before = family.size();
    for (const Row& row : rows_)
      if (family.count(row.parent) != 0) family.insert(row.member.pid);
  }
  std::vector<const Row*> rows;
  for (const Row& row : rows_)
    if (family.count(row.member.pid) != 0) rows.push_back(&row);
  return rows;
}

std::vector<Member> ProcessTable::Outside(pid_t leader, const std::vector<Member>& known) const {
  std::vector<Member> outside;
  for (const Row* row : Family(leader, known))
    if (row->group != leader) outside.push_back(row->member);
  return outside;
}

std::vector<Member> ProcessTable::Left(const Member& leader, const std::vector<Member>& known) const {
  pid_t session = leader.pid;
  for (const Row& row : rows_)
    if (row.member.pid == leader.pid && row.member.startTicks != leader.startTicks) session = kNoSession;
  std::vector<Member> left;
  for (const Row* row : Family(session, known)) left.push_back(row->member);
  return left;
}

std::vector<Member> ProcessTable::Marked(uint64_t run) const {
  std::vector<Member> marked;
  if (run == 0) return marked;
  char mark[sizeof kMarkName + 18];
  const int length = snprintf(mark, sizeof mark, "%c%s=%016" PRIx64, '\0', kMarkName, run);
  const std::string entry(mark, static_cast<size_t>(length) + 1); // its own zero byte behind it
  for (const Row& row : rows_)
    if (EnvironmentOf(row.member.pid).find(entry) != std::string::npos) marked.push_back(row.member);
  return marked;
}

}  // namespace lvskeeper
