import { bfdEvents } from "../bfd/log-events.ts";
import { Speaker } from "../bfd/speaker.ts";
import { createLogger } from "../core/log.ts";
import type { BfdInstancePlan } from "../vrrp/tracked-model.ts";
import { openFeed } from "./bfd-feed.ts";
import type { StartMessage } from "./messages.ts";
import type { Room, RoomContext } from "./room.ts";

/** What the bfd process is given: the sessions. */
export type BfdProcessPlan = readonly BfdInstancePlan[];

/** The bfd process: sessions begin, and whoever follows them is told over the feed. A port that is taken or an address that
 *  is not there ends nothing: it is tried again. */
export async function startBfdRoom(
  message: StartMessage & { readonly role: "bfd" },
  { sink }: RoomContext,
): Promise<Room<BfdProcessPlan>> {
  const log = createLogger(bfdEvents, sink);
  const speaker: Speaker = new Speaker({ sink, onVerdict: () => feed.tell() });
  const feed = openFeed(
    message.feed,
    () => speaker.verdicts(),
    (error) => log.error("bfd.noFeed", { error }),
  );
  speaker.configure(message.plan);
  return {
    async reload(plan) {
      speaker.configure(plan);
    },
    /** Followers are left with what they know: they end too, or go on with what a successor tells. */
    async stop() {
      feed.close();
      await speaker.stop();
    },
    status: () => speaker.status(),
  };
}
