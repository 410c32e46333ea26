import { expect, test } from "vitest";
import { HeardPeers } from "../../../src/vrrp/heard.ts";

const unicast = { peers: [{ address: "10.0.0.2", minTtl: 0, maxTtl: 255 }], ttl: 255, checkSource: true };

test("who is heard: the latest first, with what its last advert said and how many came", () => {
  const peers = new HeardPeers();
  peers.heard({ from: "10.0.0.2", priority: 100 }, 1000);
  peers.heard({ from: "10.0.0.3", priority: 90 }, 2000);
  peers.heard({ from: "10.0.0.2", priority: 110 }, 3000);
  expect(peers.list(undefined)).toEqual([
    { address: "10.0.0.2", priority: 110, lastAdvertWallMs: 3000, adverts: 2 },
    { address: "10.0.0.3", priority: 90, lastAdvertWallMs: 2000, adverts: 1 },
  ]);
});

test("a unicast peer is told of before it is heard, and before others", () => {
  const peers = new HeardPeers();
  expect(peers.list(unicast)).toEqual([{ address: "10.0.0.2", configured: true, adverts: 0 }]);
  peers.heard({ from: "10.0.0.9", priority: 1 }, 1000);
  peers.heard({ from: "10.0.0.2", priority: 100 }, 900);
  expect(peers.list(unicast)).toMatchObject([
    { address: "10.0.0.2", configured: true, priority: 100, adverts: 1 },
    { address: "10.0.0.9", adverts: 1 },
  ]);
});

test("a thousand forged senders leave eight, the last ones", () => {
  const peers = new HeardPeers();
  for (let i = 0; i < 1000; i++) peers.heard({ from: `10.1.${i >> 8}.${i & 255}`, priority: 1 }, i);
  const addresses = peers.list(undefined).map(({ address }) => address);
  expect(addresses).toHaveLength(8);
  expect(addresses[0]).toBe("10.1.3.231");
});
