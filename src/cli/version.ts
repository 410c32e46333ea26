import os from "node:os";
import { KEEPALIVED_LEVEL, VERSION } from "../process/version.ts";

/** What `-v` prints, to stderr as keepalived does. The first line has its form when we are called by its name; monitoring
 *  looks for `--enable-json`, without which keepalived writes no JSON. */
export const versionText = (program: string): string =>
  program === "keepalived"
    ? [
        `Keepalived v${KEEPALIVED_LEVEL} (lvskeeper v${VERSION})`,
        "",
        `Running on ${os.type()} ${os.release()} ${os.version()}`,
        "",
        "configure options: --enable-json --enable-regex",
        "",
        "Config options:  LVS REGEX VRRP VRRP_AUTH VRRP_VMAC JSON NFTABLES",
        "",
      ].join("\n")
    : `lvskeeper v${VERSION}\n`;
