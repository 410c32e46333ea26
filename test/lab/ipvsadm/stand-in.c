// A stand-in for the kernel's IPVS, preloaded into the ipvsadm binary: what it asks is answered from the file $STAND_IN,
// what it commands is printed on descriptor 9, one line a message. So its behaviour can be asked without a kernel.
//
// $STAND_IN has lines of `KIND KEY HEX`: I (info), T (timeouts), M (sync daemon), S (service), D (destination); HEX the
// generic netlink attributes of one answer, KEY `-` or that of the service ("af,protocol,address,port,fwmark" in hex).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nlmsghdr { uint32_t len; uint16_t type, flags; uint32_t seq, pid; };
struct nlattr { uint16_t len, type; };
struct nl_msg;
struct nl_msg *nlmsg_alloc(void);
struct nlmsghdr *nlmsg_hdr(struct nl_msg *);
int nlmsg_append(struct nl_msg *, void *, size_t, int);
void nlmsg_free(struct nl_msg *);
void *genlmsg_put(struct nl_msg *, uint32_t, uint32_t, int, int, int, uint8_t, uint8_t);

enum { FAMILY = 30, GET_SERVICE = 4, GET_DEST = 8, GET_DAEMON = 11, GET_CONFIG = 13, GET_INFO = 15 };
typedef int (*Callback)(struct nl_msg *, void *);
typedef int (*Failed)(void *, int *, void *);
static Callback callback;
static void *callback_arg;
static Failed failed;
static void *failed_arg;
static uint8_t request[65536];

int genl_connect(void *socket) { (void)socket; return 0; }
int genl_ctrl_resolve(void *socket, const char *name) { (void)socket, (void)name; return FAMILY; }

int nl_socket_modify_cb(void *socket, int type, int kind, Callback given, void *arg) {
  (void)socket, (void)kind;
  if (type == 0) callback = given, callback_arg = arg; // NL_CB_VALID
  return 0;
}

int nl_syserr2nlerr(int);
int nl_socket_modify_err_cb(void *socket, int kind, Failed given, void *arg) {
  (void)socket, (void)kind;
  failed = given, failed_arg = arg;
  return 0;
}

// As libnl treats an answer of struct nlmsgerr; its callback may skip it (1), stop (2), or have an error of its own.
static int refuse(int error) {
  uint8_t name[12] = {0};
  int answer[5] = {-error};
  int said = failed ? failed(name, answer, failed_arg) : 2;
  return said < 0 ? said : said == 2 ? -nl_syserr2nlerr(error) : 0;
}

int nl_send_auto_complete(void *socket, struct nl_msg *message) {
  (void)socket;
  struct nlmsghdr *header = nlmsg_hdr(message);
  memcpy(request, header, header->len);
  uint8_t command = request[16];
  if (command == GET_SERVICE || command == GET_DEST || command == GET_DAEMON || command == GET_CONFIG || command == GET_INFO)
    return 0;
  dprintf(9, "%d ", command);
  for (uint32_t i = 20; i < header->len; i++) dprintf(9, "%02x", request[i]);
  dprintf(9, "\n");
  return 0;
}

// The service that the request names, empty where it names none.
static void key_of_request(char *key) {
  uint32_t length = ((struct nlmsghdr *)request)->len;
  uint16_t family = 0, protocol = 0, port = 0;
  uint32_t mark = 0;
  uint8_t address[16] = {0};
  *key = 0;
  if (length < 24) return;
  struct nlattr *outer = (struct nlattr *)(request + 20);
  if ((outer->type & 0x3fff) != 1) return;
  for (uint8_t *at = (uint8_t *)(outer + 1); at < (uint8_t *)outer + outer->len;) {
    struct nlattr *attribute = (struct nlattr *)at;
    void *value = attribute + 1;
    switch (attribute->type & 0x3fff) {
      case 1: memcpy(&family, value, 2); break;
      case 2: memcpy(&protocol, value, 2); break;
      case 3: memcpy(address, value, attribute->len - 4 < 16 ? attribute->len - 4 : 16); break;
      case 4: memcpy(&port, value, 2); break;
      case 5: memcpy(&mark, value, 4); break;
    }
    at += (attribute->len + 3) & ~3;
  }
  if (mark) protocol = 0, port = 0, memset(address, 0, 16);
  if (family == 2) memset(address + 4, 0, 12);
  key += sprintf(key, "%d,%d,", family, protocol);
  for (int i = 0; i < 16; i++) key += sprintf(key, "%02x", address[i]);
  sprintf(key, ",%d,%u", ntohs(port), mark);
}

static void answer(const char *hex) {
  struct nl_msg *message = nlmsg_alloc();
  genlmsg_put(message, 0, 1, FAMILY, 0, 2, 1, 1); // NLM_F_MULTI: the callbacks look at it
  uint8_t body[8192];
  size_t length = 0;
  for (; hex[0] > ' ' && hex[1] > ' '; hex += 2) {
    unsigned byte;
    sscanf(hex, "%2x", &byte);
    body[length++] = byte;
  }
  nlmsg_append(message, body, length, 4);
  if (callback) callback(message, callback_arg);
  nlmsg_free(message);
}

int nl_recvmsgs_default(void *socket) {
  (void)socket;
  const char *kind;
  const char *refused = getenv("STAND_IN_ERRNO");
  if (refused && request[16] != GET_INFO) return refuse(atoi(refused));
  switch (request[16]) {
    case GET_INFO: kind = "I"; break;
    case GET_CONFIG: kind = "T"; break;
    case GET_DAEMON: kind = "M"; break;
    case GET_SERVICE: kind = "S"; break;
    case GET_DEST: kind = "D"; break;
    default: return 0;
  }
  char wanted[128];
  key_of_request(wanted);
  static char line[32768];
  int answers = 0;
  FILE *file = fopen(getenv("STAND_IN"), "r");
  while (file && fgets(line, sizeof line, file)) {
    char *key = strchr(line, ' ') + 1, *hex = strchr(key, ' ') + 1;
    hex[-1] = 0;
    if (line[0] != kind[0]) continue;
    if (wanted[0] && strcmp(key, wanted) != 0) continue;
    answer(hex), answers++;
  }
  if (file) fclose(file);
  return answers == 0 && *kind == 'S' && wanted[0] ? refuse(ESRCH) : 0;
}

// The connections are read from a file of the test's own.
FILE *fopen(const char *path, const char *mode) {
  static FILE *(*real)(const char *, const char *);
  if (!real) real = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen");
  const char *own = getenv("STAND_IN_CONNECTIONS");
  return real(own && strcmp(path, "/proc/net/ip_vs_conn") == 0 ? own : path, mode);
}
