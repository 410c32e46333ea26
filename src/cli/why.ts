import type { DirectorEvent } from "../process/events.ts";
import type { DirectorStatus } from "../process/status.ts";
import type { History } from "./why-events.ts";
import { instanceReason } from "./why-instance.ts";
import { serverReason, serviceReason } from "./why-server.ts";
import { type Subject, subjectsOf } from "./why-subject.ts";
import type { Reason } from "./why-text.ts";

/** Why everything that a word means is as it is; empty where it means nothing here. Pure: ages are counted from the
 *  status's own clock. */
export function explain(status: DirectorStatus, events: readonly DirectorEvent[], thing: string): readonly Reason[] {
  const history: History = { nowWallMs: status.nowWallMs, events };
  return subjectsOf(status, thing).map((subject) => reasonOf(status, subject, history));
}

function reasonOf(status: DirectorStatus, subject: Subject, history: History): Reason {
  switch (subject.kind) {
    case "instance":
      return instanceReason(status, subject.instance, history);
    case "virtual server":
      return serviceReason(status, subject.service, history);
    case "real server":
      return serverReason(status, subject.service, subject.server, history);
  }
}
