import type { CheckerPlan } from "../checkers/model.ts";
import type { LogLevel } from "../core/log.ts";
import type { ScriptSpec } from "../script/model.ts";
import { gainedText, lostText, type virtualServerEvents } from "./log-events.ts";
import type { RealServerPlan, VirtualServerPlan } from "./model.ts";
import { realServerName } from "./names.ts";

type Events = typeof virtualServerEvents;

/** A line for the log, with its fields checked against the registry. */
export type LogEffect = {
  readonly [N in keyof Events]: {
    readonly do: "log";
    readonly level: LogLevel;
    readonly event: N;
    readonly fields: Parameters<Events[N]>[0];
  };
}[keyof Events];

/** What follows from a decision beside the table, which is derived from the state. In the order it is to be carried out. */
export type Effect =
  | LogEffect
  /** Runs of one `queue` stay in order. */
  | {
      readonly do: "run";
      readonly queue: string;
      readonly hook: string;
      readonly subject: string;
      readonly script: ScriptSpec;
    }
  /** A line of keepalived's FIFOs. */
  | { readonly do: "event"; readonly line: string }
  | { readonly do: "mail"; readonly subject: string; readonly body: string };

export type Effects = readonly Effect[];

const SHUTTING_DOWN = "=> Shutting down <=";

/** What keepalived's mails call the checks of a kind; the others are a "CHECK". */
const CHECK_NAMES: Readonly<Record<string, string>> = {
  TCP_CHECK: "TCP CHECK",
  UDP_CHECK: "UDP CHECK",
  PING_CHECK: "ICMP CHECK",
  MISC_CHECK: "MISC CHECK",
  DNS_CHECK: "DNS_CHECK:",
};

/** Its first line is keepalived's, where all checks of a server are of one kind; why it is down comes with it. */
function checkBody(checkers: readonly CheckerPlan[], alive: boolean, why: string): string {
  const kinds = new Set(checkers.map(({ probe }) => probe.kind));
  const [kind = ""] = kinds.size === 1 ? kinds : [];
  const name = CHECK_NAMES[kind];
  if (alive) return `=> ${name ?? "CHECK"} ${kind === "MISC_CHECK" ? "succeeded" : "succeed"} on service <=`;
  if (why === "") return `=> ${name ?? "CHECK"} failed on service <=`;
  return name === undefined ? `=> CHECK failed on service : ${why} <=` : `=> ${name} failed on service <=\n${why}`;
}

/** Collects the effects of decisions about one virtual server, in keepalived's order: log, script, mail. */
export function effectsOf(vs: VirtualServerPlan) {
  const list: Effect[] = [];
  const nameOf = (rs: RealServerPlan): string => realServerName(vs, rs);
  const placeOf = (rs: RealServerPlan) => ({ realServer: nameOf(rs), virtualServer: vs.name });

  const runHook = (queue: string, hook: string, subject: string, script: ScriptSpec | undefined): void => {
    if (script) list.push({ do: "run", queue, hook, subject, script });
  };
  const signalRealServer = (rs: RealServerPlan, alive: boolean): void => {
    const name = nameOf(rs);
    const subject = `${name} of VS ${vs.name}`;
    runHook(`rs ${subject}`, alive ? "notify_up" : "notify_down", subject, alive ? rs.notify.up : rs.notify.down);
    list.push({ do: "event", line: `RS ${name} ${vs.name} ${alive ? "UP" : "DOWN"}\n` });
  };
  const tellRealServer = (rs: RealServerPlan, alive: boolean, body: string): void => {
    const name = nameOf(rs);
    signalRealServer(rs, alive);
    if (!rs.smtpAlert) return;
    list.push({
      do: "mail",
      subject: `Realserver ${name} of virtual server ${vs.name} - ${alive ? "UP" : "DOWN"}`,
      body,
    });
  };
  const tellQuorum = (up: boolean, body: string): void => {
    runHook(`vs ${vs.name}`, up ? "quorum_up" : "quorum_down", vs.name, up ? vs.notify.quorumUp : vs.notify.quorumDown);
    list.push({ do: "event", line: `VS ${vs.name} ${up ? "UP" : "DOWN"}\n` });
    if (vs.smtpAlert) list.push({ do: "mail", subject: `Virtualserver ${vs.name} - ${up ? "UP" : "DOWN"}`, body });
  };

  const quorumFields = (sum: number) => ({
    virtualServer: vs.name,
    quorum: vs.quorum,
    hysteresis: vs.hysteresis,
    sum,
  });
  const lostBody = (sum: number): string => `=> Lost quorum ${lostText(quorumFields(sum))} <=`;

  const tellSorry = (active: boolean): void => {
    if (!vs.sorryServer) return;
    const fields = { sorryServer: realServerName(vs, vs.sorryServer), virtualServer: vs.name };
    const pool = { virtualServer: vs.name };
    if (active) {
      list.push({ do: "log", level: "warn", event: "sorry.added", fields });
      list.push({ do: "log", level: "info", event: "pool.emptied", fields: pool });
    } else {
      list.push({ do: "log", level: "info", event: "sorry.removed", fields });
      list.push({ do: "log", level: "info", event: "pool.filled", fields: pool });
    }
  };

  return {
    list: list as Effects,

    realServerChanged(rs: RealServerPlan, alive: boolean, why: string): void {
      const fields = { ...placeOf(rs), inhibit: rs.inhibitOnFailure };
      if (alive) list.push({ do: "log", level: "info", event: "rs.up", fields });
      else list.push({ do: "log", level: "warn", event: "rs.down", fields: { ...fields, why } });
      tellRealServer(rs, alive, checkBody(rs.checkers, alive, why));
    },

    /** Taken for up before any check: by script and FIFO only, no mail. */
    realServerStarted(rs: RealServerPlan): void {
      signalRealServer(rs, true);
    },

    weightChanged(rs: RealServerPlan, active: boolean, from: number, to: number): void {
      const fields = { ...placeOf(rs), active, from, to };
      list.push({ do: "log", level: "info", event: "rs.weight", fields });
    },

    realServerGone(rs: RealServerPlan, wasAlive: boolean): void {
      const fields = placeOf(rs);
      list.push({ do: "log", level: "info", event: "rs.gone", fields });
      if (!wasAlive) return;
      list.push({ do: "log", level: "info", event: "rs.removed", fields });
      tellRealServer(rs, false, "=> Removing <=");
    },

    virtualServerGone(): void {
      list.push({ do: "log", level: "info", event: "vs.gone", fields: { virtualServer: vs.name } });
    },

    /** The last word of a virtual server that is gone, after those of its servers. */
    quorumGone(): void {
      tellQuorum(false, lostBody(0));
    },

    realServerStopped(rs: RealServerPlan, wasAlive: boolean): void {
      list.push({ do: "log", level: "info", event: "rs.stopped", fields: placeOf(rs) });
      if (wasAlive && vs.omega) tellRealServer(rs, false, SHUTTING_DOWN);
    },

    quorumStopped(): void {
      tellQuorum(false, SHUTTING_DOWN);
    },

    startingWithoutQuorum(sum: number): void {
      list.push({ do: "log", level: "warn", event: "quorum.startsDown", fields: quorumFields(sum) });
      tellSorry(true);
      tellQuorum(false, `=> Starting with quorum down ${lostText(quorumFields(sum))} <=`);
    },

    /** `sorryMoves`: the sorry server goes in or out with it; not when a start reaches the quorum. */
    quorumChanged(up: boolean, sum: number, sorryMoves: boolean): void {
      const fields = quorumFields(sum);
      if (up) list.push({ do: "log", level: "info", event: "quorum.gained", fields });
      else list.push({ do: "log", level: "warn", event: "quorum.lost", fields });
      if (sorryMoves) tellSorry(!up);
      const gained = sorryMoves ? "Gained quorum" : "Starting with quorum up";
      tellQuorum(up, up ? `=> ${gained} ${gainedText(fields)} <=` : lostBody(sum));
    },
  };
}
