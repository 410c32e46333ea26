import type { LogHelp } from "../core/log.ts";

/** What the log and the list of events say of themselves. */
export const logOwnEvents = {
  "log.held": ({ of, held }: { of: string; held: number }) =>
    `${held} ${held === 1 ? "line" : "lines"} of ${of} were not written: it came too often`,
  "log.lost": ({ count }: { count: number }) => `${count} log lines were lost: the reader of the log fell behind`,
  "events.lost": ({ count }: { count: number }) => `${count} events are not known: more happened at once than are kept`,
};

export const logOwnHelp: LogHelp<typeof logOwnEvents> = {
  "log.held": {
    example: { of: "checker.attempt", held: 4200 },
    means:
      "One message came more than 1000 times within seconds. So many of its lines were left out; it is written again. Errors and changes of a VRRP state are never left out.",
    remedy: "Look at the lines of that message before this one: what they tell of happens all the time.",
  },
  "log.lost": {
    example: { count: 37 },
    means:
      "Whoever reads stderr (journald, a terminal, a pipe) took nothing for so long that lines were thrown away rather than kept in memory. Nothing but the log was delayed.",
    remedy:
      "See why the reader is slow: a full disk, a suspended terminal, a limit of journald. Syslog (without -l) is not concerned.",
  },
  "events.lost": {
    example: { count: 12 },
    means:
      "More happened at once than a process keeps for `why`, the API's /events and the page; the log has all of it.",
  },
};
