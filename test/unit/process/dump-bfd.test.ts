import { expect, test } from "vitest";
import type { BfdSessionStatus } from "../../../src/bfd/model.ts";
import { sessionLines } from "../../../src/process/dump/bfd.ts";
import { vrrpPlanOf } from "./vrrp-planning.ts";

/** What Debian's keepalived 2.2.7 wrote of the same session; descriptors, threads and buffers left out. */
const PEER = ` BFD Instance = peer
   Neighbor IP = 10.9.9.2
   Source IP = 10.9.9.1
   Required min RX interval = 50000 us
   Desired min TX interval = 50000 us
   Desired idle TX interval = 1000000 us
   Detection multiplier = 3
   TTL = 255
   max_hops = 0
   passive = false
   send event to VRRP process = Yes
   send event to checker process = Yes
   send error = false
   local state = Up
   remote state = Up
   local discriminator = 0x1ddde7c4
   remote discriminator = 0x8cab2132
   local diag = No Diagnostic
   remote diag = No Diagnostic
   remote min tx intv = 50000 us
   remote min rx intv = 50000 us
   remote detect multiplier = 3
   local tx intv = 50000 us
   local detection time = 150000 us
`;

test("keepalived_bfd.data is told in keepalived's lines", () => {
  const { bfd } = vrrpPlanOf(
    "bfd_instance peer {\nneighbor_ip 10.9.9.2\nsource_ip 10.9.9.1\nmin_rx 50\nmin_tx 50\nmultiplier 3\n}\n",
  );
  const status = {
    ...{ name: "peer", state: "up", diagnosticText: "No Diagnostic", discriminator: 0x1ddde7c4 },
    ...{ transmitMs: 50, detectionMs: 150 },
    remote: { state: "up", diagnostic: 0, discriminator: 0x8cab2132, minTxMs: 50, minRxMs: 50, multiplier: 3 },
  } as unknown as BfdSessionStatus;
  expect(bfd.flatMap((plan) => sessionLines(plan, status))).toEqual(PEER.trimEnd().split("\n"));
});
