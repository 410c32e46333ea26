import { uptime } from "node:os";
import { isDeepStrictEqual } from "node:util";
import type { BfdVerdicts } from "../bfd/model.ts";
import { nowMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { RouteMonitor } from "../netlink/route.ts";
import type { ScriptSpec } from "../script/model.ts";
import { createNotifier } from "../script/notifier.ts";
import { tellOfScripts } from "../script/runner.ts";
import { Director } from "../vrrp/director.ts";
import { vrrpEvents } from "../vrrp/log-events.ts";
import type { VrrpProcessPlan, VrrpProcessSaved } from "../vrrp/model.ts";
import { checkPlan } from "../vrrp/plan-check.ts";
import { createDeadline } from "../vrrp/timers.ts";
import { followFeed } from "./bfd-feed.ts";
import { createFifos, fifosOf } from "./fifos.ts";
import { createLater } from "./later.ts";
import { processEvents } from "./log-events.ts";
import { createMailer } from "./mail.ts";
import type { FromChild, StartMessage } from "./messages.ts";
import type { Room, RoomContext } from "./room.ts";
import { ScriptMeter } from "./script-meter.ts";
import { startDelayMs } from "./start-delay.ts";
import { vrrpAlert } from "./vrrp-alerts.ts";

/** Counters reach the parent this often; transitions at once. */
const SAVE_EVERY_MS = 10_000;
/** Mails of a stop may take this long; without a parent there is no time for them. */
const MAIL_GRACE_MS = 1000;

/** The vrrp process: instances start, those that a predecessor held as MASTER with an advert at once; with
 *  `vrrp_startup_delay` and nothing to continue they start later, and the room runs meanwhile. Rejects with DirectorError
 *  "vrrp/no-socket" without the privilege for packet sockets, or for a plan that contradicts itself; with Error for what
 *  another attempt may cure. */
export async function startVrrpRoom(
  message: StartMessage & { role: "vrrp" },
  context: RoomContext,
): Promise<Room<VrrpProcessPlan>> {
  const later = createLater();
  process.on("exit", later.flush); // the last lines of a process that ends by an error of ours
  const sink: LogSink = (record) => later(() => context.sink(record));
  const send = (message: FromChild): void => later(() => context.send(message));
  const log = createLogger(vrrpEvents, sink);
  const network = await openNetwork((error) => log.error("network.trouble", { error }));
  tellOfScripts(sink);
  const scripts = new ScriptMeter();
  const notifier = createNotifier(sink, { run: scripts.runner("notify") });
  let tracked = message.plan.scripts;
  const trackedName = (spec: ScriptSpec): string =>
    tracked.find(({ script }) => isDeepStrictEqual(script, spec))?.name ?? spec.argv[0] ?? "";
  const mailer = createMailer(message.global, sink, {
    saved: message.saved?.mails,
    onSaved: (mails) => send({ t: "saved", part: { mails } }),
  });
  let { mail } = message.global;
  const fifos = createFifos({ sink, current: () => director.currentEvents() });
  let director: Director;
  let waiting: { plan: VrrpProcessPlan } | undefined;
  const begin = (): void => {
    const plan = waiting?.plan ?? message.plan;
    waiting = undefined;
    director.start(plan, message.saved?.instances && message.saved); // mails alone are no state
  };
  const startDelay = createDeadline(() => {}, begin);
  try {
    director = new Director({
      sink,
      network,
      notifier,
      runScript: scripts.runner("track", trackedName),
      ...(message.settingsFile !== undefined && { settingsFile: message.settingsFile }),
      ...(message.global.firewall?.nftables && { firewall: message.global.firewall.nftables }),
      onState: (instance, state) => send({ t: "vrrp.state", instance, state }),
      onSaved: (part) => send({ t: "saved", part: part as Partial<VrrpProcessSaved> }),
      onEvent: (line) => fifos.write(line),
      onAlert: (subject, state) => {
        if (state === "STOP" || state === "DELETED" || (state === "FAULT" && mail?.withoutFaults)) return;
        const alert = vrrpAlert(subject, state);
        mailer.send(alert.subject, alert.body);
      },
    });
    fifos.configure(fifosOf("vrrp", message.global.fifos));
    const delayMs = message.saved ? 0 : startDelayMs(message.global.vrrp, uptime() * 1000);
    if (delayMs > 0) {
      checkPlan(message.plan);
      createLogger(processEvents, sink).info("process.delayed", { delayMs });
      waiting = { plan: message.plan };
      startDelay.set(nowMs() + delayMs);
    } else begin();
  } catch (error) {
    network.close();
    throw error;
  }
  let unfollowBfd: (() => void) | undefined;
  /** Without a tracked session there may be no BFD process. */
  const followBfd = ({ instances }: VrrpProcessPlan): void => {
    if (message.bfdFeed === undefined || !instances.some(({ trackBfds = [] }) => trackBfds.length > 0)) return;
    unfollowBfd ??= followFeed(message.bfdFeed, (verdicts) => director.hearBfd(verdicts));
  };
  followBfd(message.plan);
  let unfollowChecker: (() => void) | undefined;
  const followChecker = ({ instances }: VrrpProcessPlan): void => {
    const { checkerFeed } = message;
    if (checkerFeed === undefined) return;
    if (!instances.some(({ trackBalancing = [] }) => trackBalancing.length > 0)) {
      unfollowChecker?.();
      unfollowChecker = undefined;
      return;
    }
    const hear = (quorums?: BfdVerdicts) => director.hearChecker(quorums);
    unfollowChecker ??= followFeed(checkerFeed, hear, hear);
  };
  followChecker(message.plan);
  later.flush();
  const saving = setInterval(() => director.save(), SAVE_EVERY_MS);

  return {
    async reload(plan, global) {
      if (waiting) {
        checkPlan(plan);
        waiting.plan = plan;
      } else director.reload(plan);
      followBfd(plan);
      followChecker(plan);
      tracked = plan.scripts;
      mailer.configure(global);
      mail = global.mail;
      fifos.configure(fifosOf("vrrp", global.fifos));
      if (global.fifos?.vrrpStatesOnReload) for (const line of director.currentEvents()) fifos.write(line);
      later.flush();
    },
    async stop({ orphaned }) {
      clearInterval(saving);
      unfollowBfd?.();
      unfollowChecker?.();
      startDelay.set(undefined);
      await director.stop(message.stop.keepVips);
      await Promise.all([mailer.close(orphaned ? 0 : MAIL_GRACE_MS), fifos.close()]);
      network.close();
      later.flush();
    },
    status: () => director.status(),
    metrics: () => ({ scripts: scripts.read() }),
    command: (given) => director.command(given),
    clearCounters: () => director.clearCounters(),
  };
}

/** Failing to read the interfaces is never permanent: the process ends, and its successor tries again. */
async function openNetwork(onTrouble: (error: string) => void): Promise<RouteMonitor> {
  try {
    return await RouteMonitor.open({ onTrouble: ({ message }) => onTrouble(message) });
  } catch (cause) {
    throw new Error(`cannot read the interfaces: ${messageOf(cause)}`, { cause });
  }
}
