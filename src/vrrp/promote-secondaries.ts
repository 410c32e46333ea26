import { createHeldSettings } from "./held-settings.ts";
import { noMemory } from "./settings-memory.ts";

/** The kernel's promote_secondaries of interfaces: with it the other addresses of a network stay when its first one goes. */
export type PromoteSecondaries = {
  /** Sets it for these interfaces, and for those of before that are none of them puts back what was. */
  update(interfaceNames: Iterable<string>): void;
};

/** `onFailure` is told what could not be set. `folder` is where the kernel has its settings of interfaces. */
export function createPromoteSecondaries(
  onFailure: (interfaceName: string, error: string) => void,
  folder = "/proc/sys/net/ipv4/conf",
  memory = noMemory,
): PromoteSecondaries {
  const nameOf = (file: string): string => file.slice(0, file.lastIndexOf("/"));
  const settings = createHeldSettings((file, error) => onFailure(nameOf(file), error), folder, memory);
  return {
    update: (names) => settings.update([...names].map((name) => [`${name}/promote_secondaries`, "1"] as const)),
  };
}
