import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { ProcessEvents } from "./log-events.ts";
import type { ProcessesPlan } from "./plan-global-model.ts";

type Settings = { readonly name?: string | undefined; readonly nice?: number };

/** Gives this process the name and the nice value that the configuration has for it. A reload that takes one away brings
 *  back what was there before; what the kernel refuses is logged. */
export class ProcessSettings {
  readonly #log: Logger<ProcessEvents>;
  readonly #ownName: string;
  #name: string;
  #nice = 0;

  /** `ownName`: what the process is called where the configuration has no name for it. */
  constructor(ownName: string, log: Logger<ProcessEvents>) {
    this.#ownName = ownName;
    this.#name = ownName;
    this.#log = log;
  }

  apply({ name = this.#ownName, nice = 0 }: Settings): void {
    if (name !== this.#name && this.#try("its name", () => writeFileSync("/proc/self/comm", name))) this.#name = name;
    if (nice !== this.#nice && this.#try("its priority", () => setPriority(nice))) this.#nice = nice;
  }

  #try(what: string, change: () => void): boolean {
    try {
      change();
      return true;
    } catch (error) {
      this.#log.warn("process.setting", { what, error: messageOf(error) });
      return false;
    }
  }
}

/** The settings of one child; the api process has none of its own. */
export const settingsOf = (role: string, processes: ProcessesPlan | undefined): Settings =>
  role === "vrrp" || role === "checker" ? (processes?.[role] ?? {}) : {};
