// The real servers of a bench of checks: answers PORT EVERY_MS tcp|http. Looks every few milliseconds for what has come, and
// takes all of it, so that a connection costs it the same whoever asks and however many ask at once. (A server that is woken
// by each costs less where many come together, which would be counted for the director that lets them.)
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nup\n";

int main(int count, char **words) {
  if (count != 4) return 2;
  const int http = strcmp(words[3], "http") == 0;
  const struct timespec pause = {0, atoi(words[2]) * 1000000L};
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1, seconds = 3;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Of one that asks for something it hears when the request is there.
  if (http) setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(words[1]))};
  if (bind(listener, (const struct sockaddr *)&any, sizeof any) < 0 || listen(listener, 4096) < 0) {
    perror("answers");
    return 1;
  }
  for (;;) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0; close(fd)) {
      char request[4096];
      if (http && recv(fd, request, sizeof request, 0) > 0) send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
    }
    nanosleep(&pause, NULL);
  }
}
