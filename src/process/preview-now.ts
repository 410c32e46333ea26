import { wallMs } from "../core/clock.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { ServiceReading } from "../ipvs/model.ts";
import { tableOf } from "../virtual-server/kernel-table.ts";
import type { Loaded } from "./loaded.ts";
import { type LocalAddresses, watchAddresses } from "./local-addresses.ts";
import { isEmpty, type Preview, previewOf, type Running } from "./preview.ts";
import type { ReloadRefusal } from "./reloads.ts";

/** What a reload would change now. */
export type PreviewNow = Preview & { readonly version: 1; readonly configFile: string; readonly changes: boolean };

export type PreviewParts = {
  readonly configFile: string;
  readonly loaded: Loaded;
  readonly running: Running;
  readonly table: readonly ServiceReading[];
  /** The director's processes are in another network namespace than its parent, whose addresses say nothing. */
  readonly elsewhere: boolean;
};

/** As `lvskeeper plan` of the running director's own file. A configuration that a reload would refuse is refused here. */
export async function previewNow(parts: PreviewParts): Promise<Result<PreviewNow, ReloadRefusal>> {
  const { configFile, loaded, running, table } = parts;
  if (!loaded.plan) {
    const message = loaded.errors[0] ?? "the configuration cannot be used";
    return err({ code: "reload/configuration", message, drawn: loaded.drawn });
  }
  const addresses = parts.elsewhere ? undefined : await localAddresses();
  const kernel = { table: tableOf(table, () => true), isLocal: (one: string) => addresses?.has(one) ?? false };
  addresses?.close();
  const preview = previewOf(loaded.plan, running, kernel, wallMs());
  return ok({ version: 1, configFile, changes: !isEmpty(preview), ...preview });
}

/** Undefined where the kernel does not tell: the preview says less then. */
async function localAddresses(): Promise<(Pick<LocalAddresses, "has"> & { close(): void }) | undefined> {
  try {
    const watched = await watchAddresses(() => {});
    const all = new Set(watched.all());
    return { has: (address) => all.has(address), close: () => watched.close() };
  } catch {
    return undefined;
  }
}
