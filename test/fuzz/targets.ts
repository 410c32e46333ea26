import { advertCases, checkAdverts } from "./adverts.ts";
import { announcementCases, checkAnnouncement } from "./announcements.ts";
import { bfdCases, checkBfd } from "./bfd-packets.ts";
import { byteCases } from "./bytes.ts";
import { checkClaim, claimCases } from "./claims.ts";
import { checkConfiguration } from "./configuration.ts";
import { checkControl, controlCases } from "./control-requests.ts";
import { grammarCases, rightTexts } from "./grammar.ts";
import { checkInotify, checkNetlink, inotifyCases, netlinkCases } from "./kernel-messages.ts";
import { checkSimulation, simulationCases } from "./simulation.ts";
import type { Target } from "./target.ts";

/** No name is the beginning of another's: that of a case that was found begins with its target's. */
export const targets: Readonly<Record<string, Target>> = {
  "config-bytes": { cases: byteCases, check: checkConfiguration, share: 3 },
  "config-right": { cases: rightTexts.map((text) => [["keepalived.conf", text]]), check: checkConfiguration, share: 3 },
  "config-grammar": { cases: grammarCases, check: checkConfiguration, share: 3 },
  adverts: { cases: advertCases, check: checkAdverts, share: 1 },
  announcements: { cases: announcementCases, check: checkAnnouncement, share: 1 },
  claims: { cases: claimCases, check: checkClaim, share: 1 },
  "bfd-packets": { cases: bfdCases, check: checkBfd, share: 1 },
  netlink: { cases: netlinkCases, check: checkNetlink, share: 1 },
  inotify: { cases: inotifyCases, check: checkInotify, share: 1 },
  "control-requests": { cases: controlCases, check: checkControl, share: 1 },
  "vrrp-simulation": { cases: simulationCases, check: checkSimulation, share: 3 },
};
