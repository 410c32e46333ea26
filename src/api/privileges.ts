import { native } from "../../native/index.ts";

/** Becomes an account for good, without any capability, before a byte of the network is read. Throws where that cannot be
 *  done. A director that is not root keeps its account. */
export function dropPrivileges({ uid, gid }: { readonly uid: number; readonly gid: number }): void {
  if (process.getuid?.() === 0) {
    process.setgroups?.([gid]);
    process.setgid?.(gid);
    process.setuid?.(uid);
    if (process.getuid?.() !== uid || process.geteuid?.() !== uid) throw new Error("the user stayed the same");
  }
  native().dropCapabilities();
}
