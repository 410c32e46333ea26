import { wallMs } from "../core/clock.ts";
import { DirectorError, messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { destinationKey, type IpvsClient, serviceKey, type Table } from "../ipvs/model.ts";
import { allServices, portIn } from "../virtual-server/group.ts";
import { virtualServerEvents } from "../virtual-server/log-events.ts";
import type { VirtualServerPlan } from "../virtual-server/model.ts";
import { realServerKey, realServerName, virtualServerKey } from "../virtual-server/names.ts";
import {
  afterCounting,
  type Commanded,
  command,
  isDraining,
  type Override,
  type Overrides,
  overrideKey,
} from "../virtual-server/overrides.ts";
import type { RsAnswer, RsCommand } from "../virtual-server/rs-command.ts";
import { readOverrides, writeOverrides } from "./overrides-file.ts";
import type { RoomContext } from "./room.ts";

/** How often the connections of draining servers are counted. */
const COUNT_MS = 1000;

/** What was said of real servers at run time: carried out, counted down, kept. */
export type OverridesKeeper = {
  current(): Overrides;
  /** The open connections of a draining server, as last counted. */
  active(key: string): number | undefined;
  /** Throws DirectorError when it names no server. */
  command(given: RsCommand): RsAnswer;
  stop(): void;
};

export type OverridesOptions = {
  readonly sink: LogSink;
  readonly send: RoomContext["send"];
  /** What a predecessor of this process left; else it is read from `file`, which keeps it for the next start of the daemon. */
  readonly saved: Overrides | undefined;
  readonly file: string | undefined;
  readonly plans: () => readonly VirtualServerPlan[];
  readonly client: () => Promise<IpvsClient>;
  /** What the kernel holds of ours. */
  readonly held: () => Table;
  /** Told with the keys of virtual and of real servers that are another now. */
  readonly changed: (virtualServers: ReadonlySet<string>, realServers: readonly string[]) => void;
};

export function createOverridesKeeper(options: OverridesOptions): OverridesKeeper {
  const log = createLogger(virtualServerEvents, options.sink);
  const { send, saved, file } = options;
  const read = saved || file === undefined ? undefined : readOverrides(file);
  if (file !== undefined && read?.trouble !== undefined)
    log.error("overrides.unreadable", { file, message: read.trouble });
  let overrides = saved ?? read?.overrides ?? {};
  let active: ReadonlyMap<string, number> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const keep = (gone: readonly string[]): string | undefined => {
    const part: object = { overrides: { ...Object.fromEntries(gone.map((key) => [key, null])), ...overrides } };
    send({ t: "saved", part });
    return file === undefined ? undefined : writeOverrides(file, overrides);
  };

  const take = ({ overrides: next, changed }: Commanded): string | undefined => {
    if (changed.length === 0) return undefined;
    const gone = Object.keys(overrides).filter((key) => next[key] === undefined);
    overrides = next;
    const meant = new Set(changed.map(overrideKey));
    active = new Map([...active].filter(([key]) => !meant.has(key))); // counted for what was said before
    const notKept = keep(gone);
    if (notKept !== undefined) log.warn("overrides.notKept", { message: notKept });
    options.changed(new Set(changed.map(({ virtualServer }) => virtualServer)), changed.map(overrideKey));
    watch();
    return notKept;
  };

  const watch = (): void => {
    clearTimeout(timer);
    if (!stopped && Object.values(overrides).some(isDraining)) timer = setTimeout(() => void count(), COUNT_MS);
  };

  const count = async (): Promise<void> => {
    const draining = Object.values(overrides).filter(isDraining);
    try {
      active = await countActive(draining, options);
    } catch (cause) {
      log.warn("overrides.notCounted", { message: messageOf(cause) });
      active = new Map();
    }
    if (stopped) return;
    const after = afterCounting(overrides, active, wallMs());
    for (const { drained, ...override } of after.changed)
      log.info("rs.drained", { ...namesOf(override), how: drained === "empty" ? "empty" : "deadline" });
    take(after);
    watch();
  };

  const namesOf = (override: Pick<Override, "virtualServer" | "address" | "port">) => {
    const plan = options.plans().find((one) => virtualServerKey(one) === override.virtualServer);
    const rs = plan?.realServers.find((one) => realServerKey(one) === realServerKey(override)) ?? override;
    const realServer = plan ? realServerName(plan, rs) : `${override.address}:${override.port}`;
    return { realServer, virtualServer: plan?.name ?? override.virtualServer };
  };

  if (Object.keys(overrides).length > 0) send({ t: "saved", part: { overrides } as object });
  watch();
  return {
    current: () => overrides,
    active: (key) => active.get(key),
    command(given) {
      const commanded = command(overrides, given, options.plans(), wallMs());
      if (commanded.changed.length === 0) throw nothingMeant(given, options.plans());
      const servers = commanded.changed.map((override) => ({ ...namesOf(override), what: whatOf(given) }));
      for (const server of servers) log.info("rs.override", server);
      const notKept = take(commanded);
      return { servers, ...(notKept !== undefined && { notKept }) };
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Open connections of draining servers, by overrideKey(); of those that are configured, and whose services are in the table. */
async function countActive(
  draining: readonly Override[],
  { plans, client, held }: Pick<OverridesOptions, "plans" | "client" | "held">,
): Promise<ReadonlyMap<string, number>> {
  const active = new Map<string, number>();
  for (const override of draining) {
    const plan = plans().find((one) => virtualServerKey(one) === override.virtualServer);
    const rs = plan?.realServers.find((one) => realServerKey(one) === realServerKey(override));
    if (!plan || !rs) continue;
    let count = 0;
    const services = allServices(plan).filter((id) => held().has(serviceKey(id)));
    if (services.length === 0) continue; // not read or not written yet: its connections are there all the same
    for (const id of services) {
      const key = destinationKey({ address: rs.address, port: portIn(plan, rs, id) });
      const there = await (await client()).destinations(id);
      count += there.find(({ destination }) => destinationKey(destination) === key)?.activeConnections ?? 0;
    }
    active.set(overrideKey(override), count);
  }
  return active;
}

function whatOf(given: RsCommand): string {
  switch (given.do) {
    case "drain":
      return `drains${given.deadlineMs === undefined ? "" : ` for ${given.deadlineMs / 1000} s at most`}`;
    case "disable":
      return "is disabled";
    case "enable":
      return "is enabled";
    case "weight":
      return `has weight ${given.weight}`;
  }
}

function nothingMeant({ do: what, server, service }: RsCommand, plans: readonly VirtualServerPlan[]): DirectorError {
  const name = server.port === undefined ? server.address : `${server.address} port ${server.port}`;
  const where = service === undefined ? "" : ` in ${service}`;
  if (what === "enable")
    return new DirectorError("rs/nothing", `nothing was said of ${name}${where}`, {
      hint: "`lvskeeper status` shows what is drained, disabled or has another weight",
    });
  const known = plans.flatMap((plan) => plan.realServers).some((rs) => rs.address === server.address);
  return new DirectorError("rs/unknown", `there is no real server ${name}${where}`, {
    hint: known ? "it is there with another port or in another virtual server" : "`lvskeeper status` shows them all",
  });
}
