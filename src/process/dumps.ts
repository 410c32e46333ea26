import type { BfdStatus } from "../bfd/model.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { CheckerStatus } from "../virtual-server/model.ts";
import type { VrrpStatus } from "../vrrp/model.ts";
import type { Director } from "./director.ts";
import { bfdData } from "./dump/bfd.ts";
import { checkerData } from "./dump/checker.ts";
import type { HostNetwork } from "./dump/host.ts";
import { vrrpJson } from "./dump/json.ts";
import { dumpFiles } from "./dump/names.ts";
import { statsText } from "./dump/stats.ts";
import { parentData, vrrpData } from "./dump/vrrp.ts";
import { writeDump } from "./dump/write.ts";
import type { ProcessEvents } from "./log-events.ts";

/** What keepalived's signals and `--signum` ask for. */
export type DumpKind = "data" | "stats" | "stats-clear" | "json";

type Parts = {
  readonly director: Pick<Director, "plan" | "status" | "clearCounters">;
  readonly log: Logger<ProcessEvents>;
};

/** Writes dumps, one after the other; a kind that is asked for while it waits is written once. */
export class Dumps {
  readonly #parts: Parts;
  readonly #waiting = new Set<DumpKind>();
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  write(kind: DumpKind): Promise<void> {
    if (!this.#waiting.has(kind)) {
      this.#waiting.add(kind);
      this.#writing = this.#writing.then(() => {
        this.#waiting.delete(kind);
        return this.#writeNow(kind);
      });
    }
    return this.#writing;
  }

  async #writeNow(kind: DumpKind): Promise<void> {
    const { director, log } = this.#parts;
    const told = await director.status([]);
    const { plan } = director;
    const { dumps, place } = plan.global;
    const files = dumpFiles(dumps, place, process.env.TMPDIR);
    const vrrp = running<VrrpStatus>(told.vrrp);
    const checker = running<CheckerStatus>(told.checker);
    const bfd = running<BfdStatus>(told.bfd);
    const put = (file: string, text: () => string): void => {
      try {
        writeDump(file, text(), plan.global.umask);
        log.info("dump.written", { file });
      } catch (error) {
        log.warn("dump.failed", { file, error: messageOf(error) });
      }
    };
    switch (kind) {
      case "data":
        put(files.parent, () => parentData(plan));
        if (vrrp) {
          const network = place.namespace === undefined ? await networkHere() : undefined;
          put(files.vrrp, () => vrrpData(plan, vrrp, network));
        }
        if (checker) put(files.checker, () => checkerData(plan, checker));
        if (bfd) put(files.bfd, () => bfdData(plan, bfd));
        break;
      case "stats":
      case "stats-clear":
        if (vrrp) put(files.stats, () => statsText(vrrp));
        if (kind === "stats-clear") director.clearCounters();
        break;
      case "json":
        if (vrrp && vrrp.instances.length > 0) put(files.json, () => vrrpJson(plan.vrrp, vrrp, dumps.jsonVersion));
        break;
    }
  }
}

/** Without it the dump lacks a section. */
async function networkHere(): Promise<HostNetwork | undefined> {
  try {
    return await (await import("./host-network.ts")).readHostNetwork();
  } catch {
    return undefined;
  }
}

/** A process that does not run, or does not answer, has nothing to dump. */
const running = <S extends object>(part: S | string | undefined): S | undefined =>
  typeof part === "object" ? part : undefined;
