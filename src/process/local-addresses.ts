import { messageOf } from "../core/errors.ts";
import { RouteMonitor } from "../netlink/route.ts";

/** The addresses of this network namespace, kept current. */
export type LocalAddresses = {
  has(address: string): boolean;
  all(): ReadonlySet<string>;
  close(): void;
};

export type WatchAddresses = (onTrouble: (message: string) => void) => Promise<LocalAddresses>;

/** Watches them by rtnetlink. Rejects with DirectorError when the kernel cannot be asked. */
export const watchAddresses: WatchAddresses = async (onTrouble) => {
  const monitor = await RouteMonitor.open({ onTrouble: (error) => onTrouble(messageOf(error)) });
  let known: ReadonlySet<string> | undefined;
  monitor.onChange(() => {
    known = undefined;
  });
  const all = (): ReadonlySet<string> => {
    known ??= new Set(monitor.addresses().map((held) => held.address));
    return known;
  };
  return {
    all,
    has: (address) => all().has(address),
    close: () => monitor.close(),
  };
};
