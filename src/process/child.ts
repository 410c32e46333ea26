import { setTimeout as delay } from "node:timers/promises";
import { native } from "../../native/index.ts";
import { DirectorError, messageOf } from "../core/errors.ts";
import type { CheckerProcessPlan } from "../virtual-server/model.ts";
import type { VrrpProcessPlan } from "../vrrp/model.ts";
import type { BfdProcessPlan } from "./bfd-main.ts";
import { crash, type Harness, startHarness } from "./child-harness.ts";
import type { ChildBoot, RoomPlan, StartMessage, ToChild } from "./messages.ts";
import type { RoomGlobals } from "./plan-global-model.ts";
import { ProcessSettings, settingsOf } from "./process-settings.ts";
import type { Room, RoomContext } from "./room.ts";
import { shortNameOf } from "./title.ts";
import { vitals, watchGarbageCollection } from "./vitals.ts";

const SIGTERM = 15;
/** How long a stop waits for a reload that is under way. */
const RELOAD_GRACE_MS = 1000;

type AnyRoom = Room<CheckerProcessPlan> | Room<VrrpProcessPlan> | Room<BfdProcessPlan>;

/** The checker, the vrrp or the bfd process: takes its start message, runs its room, and does what the parent says. */
export function runChild(boot: ChildBoot, args: readonly string[]): void {
  let starting: Promise<AnyRoom> | undefined;
  let room: AnyRoom | undefined;
  let reloads: Promise<void> = Promise.resolve();
  /** The plan that is in force, of the room's own kind. */
  let current: { readonly plan: RoomPlan; readonly global: RoomGlobals } | undefined;

  const harness: Harness = startHarness(boot, args, {
    message: (message) => receive(message),
    plan: () => current?.plan,
    stop: async ({ orphaned }) => {
      await Promise.race([reloads, delay(RELOAD_GRACE_MS)]);
      const running = await starting?.catch(() => undefined);
      await running?.stop({ orphaned });
    },
  });
  dieWithParent(harness);
  const settings = new ProcessSettings(shortNameOf(boot.program, boot.role), harness.log);

  const start = async (message: StartMessage): Promise<void> => {
    try {
      if (message.role !== "api") {
        current = message;
        settings.apply(settingsOf(boot.role, message.global.processes));
      }
      starting ??= openRoom(message, { sink: harness.sink, send: harness.send });
      room = await starting;
      harness.send({ t: "ready", role: boot.role, pid: process.pid });
      watchGarbageCollection();
    } catch (error) {
      if (!(error instanceof DirectorError)) crash(harness.log, error);
      harness.endWith({ t: "failed", code: error.code, message: oneLineOf(error), permanent: true }, 1);
    }
  };

  const reload = async (message: Extract<ToChild, { t: "reload" }>): Promise<void> => {
    const { id } = message;
    try {
      const running = room ?? (await starting);
      await delay(0); // a heartbeat between reading a large plan and following it, lest both together count as silence
      const to = message.to ?? current;
      if (to) {
        await (running as Room<RoomPlan> | undefined)?.reload(to.plan, to.global);
        settings.apply(settingsOf(boot.role, to.global.processes));
        current = to;
      }
      harness.send({ t: "done", id, result: null });
    } catch (error) {
      const code = error instanceof DirectorError ? error.code : "internal";
      const refused = { t: "refused", id, code, message: oneLineOf(error) } as const;
      if (error instanceof DirectorError) harness.send(refused);
      else harness.endWith(refused, 1); // half applied: a successor starts from the plan before
    }
  };

  const answer = async (id: number, work: () => unknown): Promise<void> => {
    try {
      harness.send({ t: "done", id, result: await work() });
    } catch (error) {
      if (!(error instanceof DirectorError)) crash(harness.log, error);
      harness.send({ t: "refused", id, code: error.code, message: oneLineOf(error) });
    }
  };
  const started = <R>(answered: R | undefined): R => {
    if (answered === undefined) throw new DirectorError("child/starting", `the ${boot.role} process is starting`);
    return answered;
  };

  const receive = (message: ToChild): void => {
    switch (message.t) {
      case "start":
        void start(message);
        break;
      case "reload":
        reloads = reloads.then(() => reload(message));
        break;
      case "stop":
        harness.stop({ orphaned: false });
        break;
      case "status":
        void answer(message.id, async () => (await (room?.fullStatus?.() ?? room?.status())) ?? null);
        break;
      case "metrics":
        void answer(message.id, async () => ({ vitals: vitals(), room: (await room?.metrics?.()) ?? {} }));
        break;
      case "ipvs":
        void answer(message.id, () => room?.kernelTable?.() ?? []);
        break;
      case "rs":
        void answer(message.id, () => started(room?.override?.(message.command)));
        break;
      case "vrrp":
        void answer(message.id, () => started(room?.command?.(message.command)));
        break;
      case "clearCounters":
        room?.clearCounters?.();
        break;
      case "vrrp.state":
        room?.vrrpState?.(message.instance, message.state);
        break;
      case "connection":
      case "happened":
      case "answer":
        break; // the api process's
    }
  };
}

/** The code of a room is loaded by the process that runs it, and by no other. */
async function openRoom(message: StartMessage, context: RoomContext): Promise<AnyRoom> {
  switch (message.role) {
    case "checker":
      return (await import("./checker-main.ts")).startCheckerRoom(message, context);
    case "vrrp":
      return (await import("./vrrp-main.ts")).startVrrpRoom(message, context);
    case "bfd":
      return (await import("./bfd-main.ts")).startBfdRoom(message, context);
    case "api":
      throw new Error("the api process has a main of its own");
  }
}

/** The end of the line to the parent says the same a moment later, should the kernel not do this. */
function dieWithParent(harness: Harness): void {
  try {
    native().setParentDeathSignal(SIGTERM);
  } catch (error) {
    harness.log.debug("process.signal", { signal: "SIGTERM", meaning: `not tied to the parent: ${messageOf(error)}` });
  }
}

const oneLineOf = (error: unknown): string =>
  error instanceof DirectorError && error.hint ? `${messageOf(error)}: ${error.hint}` : messageOf(error);
