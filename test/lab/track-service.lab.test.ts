import { describe, expect, test } from "vitest";
import { Lab, NETWORK } from "./lib/lab.ts";
import { Pair, TAKEOVER_MS } from "./pair-story.ts";

// The nginx pair of the recipes with one line in the place of its script.

const VIP = `${NETWORK}.150`;
const full = process.env.LVSKEEPER_LAB_FULL === "1";
const withLine =
  (line: string) =>
  (text: string): string =>
    text.replace(/vrrp_script [\s\S]*?\n\}\n/, "").replace(/track_script \{[\s\S]*?\}/, line);

async function site(line: string) {
  const lab = await Lab.start({ kernel: "local" });
  const pair = new Pair(lab, "nginx-pair", VIP);
  const [web] = await Promise.all([lab.web("d1"), lab.web("d2")]);
  const d1 = await pair.start("d1", withLine(line));
  await pair.holds("d1");
  await pair.start("d2", withLine(line));
  await lab.eventually("d2 hears d1", 10_000, async () => (await pair.instance("d2"))?.master !== undefined);
  return { lab, pair, web, d1 };
}

describe.skipIf(!full).concurrent("track_service instead of a script (LVSKEEPER_LAB_FULL)", () => {
  test("with a weight: nginx stops, the VIP moves, and returns with nginx", async () => {
    const { lab, pair, web, d1 } = await site("track_service http 80 weight -20");
    await using _ = lab;
    const client = await lab.requests("cl", `http://${VIP}/`);
    await web.signal("SIGTERM");
    await pair.holds("d2");
    const log = await d1.log();
    expect(log).toContain("tracked service http://127.0.0.1:80 does not answer: connection refused");
    expect(log).toContain("(VI_1) Changing effective priority from 100 to 80");
    expect(await pair.why("d1")).toContain("http://127.0.0.1:80");
    await lab.web("d1");
    await pair.holds("d1");
    const { bodies, longestMs } = await client.stop();
    expect(Object.keys(bodies).sort()).toEqual(["d1", "d2"]);
    expect(longestMs).toBeLessThan(2000 + TAKEOVER_MS);
  });

  test("without a weight its failure is a FAULT", async () => {
    const { lab, pair, web } = await site("track_service tcp 80 interval 0.5 fall 1");
    await using _ = lab;
    await web.signal("SIGTERM");
    await pair.holds("d2");
    const fault = "service tcp://127.0.0.1:80 does not answer";
    expect(await pair.instance("d1")).toMatchObject({ state: "fault", faults: [fault] });
    expect(await pair.why("d1")).toMatch(
      /fault: service tcp:\/\/127\.0\.0\.1:80 [\s\S]*its last try: connection refused/,
    );
  });
});
