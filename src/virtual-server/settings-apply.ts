import { messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import type { IpvsClient, Timeouts } from "../ipvs/model.ts";
import { type HeldSettings, type Settings, stepSettings } from "./kernel-settings.ts";
import { virtualServerEvents } from "./log-events.ts";

/** Reads and writes files of /proc/sys/net/ipv4/vs by their names. What is not there is left out of the answer. */
export type SysctlDoor = {
  read(names: readonly string[]): Settings;
  /** Throws what node:fs throws. */
  write(name: string, value: string): void;
};

/** Keeps settings of the kernel's IPVS as the configuration has them, and gives them back. */
export type SettingsKeeper = {
  /** Sets what is wanted from now on. Resolves when that was tried once; what failed is tried again at the next reload. */
  follow(wanted: Settings): Promise<void>;
  /** Puts back what was there before us, unless it is to be left. */
  stop(leave: boolean): Promise<void>;
};

export type SettingsOptions = {
  readonly client: () => Promise<IpvsClient>;
  readonly sysctl: SysctlDoor;
  readonly sink: LogSink;
  /** What a predecessor of this process held. */
  readonly held?: HeldSettings;
  /** Told before anything is written, so that a successor can put it back; null: no longer held. */
  readonly onHeld: (held: Readonly<Record<string, HeldSettings[string] | null>>) => void;
};

const timeoutFields = { "timeout tcp": "tcpS", "timeout tcpfin": "tcpFinS", "timeout udp": "udpS" } as const;
const isTimeout = (name: string): name is keyof typeof timeoutFields => Object.hasOwn(timeoutFields, name);

export function createSettingsKeeper(options: SettingsOptions): SettingsKeeper {
  const { client, sysctl, sink, onHeld } = options;
  const log = createLogger(virtualServerEvents, sink);
  let held = options.held ?? {};
  let queue: Promise<void> = Promise.resolve();

  const read = async (names: readonly string[]): Promise<Settings> => {
    const values: Record<string, string> = { ...sysctl.read(names.filter((name) => !isTimeout(name))) };
    const wanted = names.filter(isTimeout);
    if (wanted.length === 0) return values;
    const timeouts = await (await client()).timeouts();
    for (const name of wanted) values[name] = String(timeouts[timeoutFields[name]]);
    return values;
  };

  const write = async (values: Settings): Promise<void> => {
    const timeouts: { -readonly [K in keyof Timeouts]?: number } = {};
    for (const [name, value] of Object.entries(values)) {
      if (isTimeout(name)) timeouts[timeoutFields[name]] = Number(value);
      else attempt(name, () => sysctl.write(name, value));
    }
    if (Object.keys(timeouts).length > 0) await (await client()).setTimeouts(timeouts);
  };

  const attempt = (name: string, run: () => void): void => {
    try {
      run();
    } catch (cause) {
      log.error("settings.failed", { what: `set net.ipv4.vs.${name}`, message: messageOf(cause) });
    }
  };

  const become = async (wanted: Settings): Promise<void> => {
    const names = [...new Set([...Object.keys(wanted), ...Object.keys(held)])];
    if (names.length === 0) return;
    try {
      await client(); // its module brings the files of net.ipv4.vs
      const step = stepSettings(wanted, held, await read(names));
      for (const name of step.missing) log.warn("settings.missing", { name });
      onHeld({ ...Object.fromEntries(Object.keys(held).map((name) => [name, null])), ...step.held });
      held = step.held;
      await write(step.write);
    } catch (cause) {
      log.error("settings.failed", { what: "set timeouts or net.ipv4.vs of IPVS", message: messageOf(cause) });
    }
  };

  const follow = (wanted: Settings): Promise<void> => {
    queue = queue.then(() => become(wanted));
    return queue;
  };
  return { follow, stop: (leave) => (leave ? queue : follow({})) };
}
