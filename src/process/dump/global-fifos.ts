import type { FifoPlan, FifosPlan } from "../plan-global-model.ts";
import type { Dumper } from "./global.ts";
import { commandText, ownerText } from "./text.ts";

/** FIFOs and their readers, in the section `Global definitions`. A reader is given the FIFO's path by the process that
 *  starts it, and only that one knows of it: the checker of its own, all others of those of VRRP. */
export const fifoLines = (fifos: FifosPlan, dumper: Dumper): readonly string[] => {
  const ofChecker = dumper === "checker";
  return [
    ...linesOf("Global", fifos.all, true),
    ...linesOf("VRRP", fifos.vrrp, !ofChecker),
    ...linesOf("LVS", fifos.checker, ofChecker),
    `FIFO write vrrp states on reload = ${fifos.vrrpStatesOnReload}`,
  ];
};

function linesOf(name: string, fifo: FifoPlan | undefined, withPath: boolean): readonly string[] {
  if (fifo === undefined) return [];
  const { path, owner, reader } = fifo;
  return [
    `${name} notify fifo = ${path}, uid:gid ${owner?.uid ?? 0}:${owner?.gid ?? 0}`,
    ...(reader
      ? [
          `${name} notify fifo script = ${commandText(reader)}${withPath ? ` '${path}'` : ""}, uid:gid ${ownerText(reader)}`,
        ]
      : []),
  ];
}
