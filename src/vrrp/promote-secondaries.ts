import { readFileSync, writeFileSync } from "node:fs";
import { messageOf } from "../core/errors.ts";

/** The kernel's promote_secondaries of interfaces: with it the other addresses of a network stay when its first one goes. */
export type PromoteSecondaries = {
  /** Sets it for these interfaces, and for those of before that are none of them puts back what was. */
  update(interfaceNames: Iterable<string>): void;
};

/** `onFailure` is told what could not be set. `folder` is where the kernel has its settings of interfaces. */
export function createPromoteSecondaries(
  onFailure: (interfaceName: string, error: string) => void,
  folder = "/proc/sys/net/ipv4/conf",
): PromoteSecondaries {
  const before = new Map<string, string>();
  const fileOf = (name: string): string => `${folder}/${name}/promote_secondaries`;
  return {
    update(interfaceNames) {
      const wanted = new Set(interfaceNames);
      for (const [name, value] of before)
        if (!wanted.has(name)) {
          before.delete(name);
          try {
            writeFileSync(fileOf(name), value);
          } catch {
            // its interface is gone, and its settings with it
          }
        }
      for (const name of wanted) {
        try {
          const value = readFileSync(fileOf(name), "latin1");
          if (value.trim() === "1") continue;
          writeFileSync(fileOf(name), "1");
          if (!before.has(name)) before.set(name, value);
        } catch (error) {
          onFailure(name, messageOf(error));
        }
      }
    },
  };
}
