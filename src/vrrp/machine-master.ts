import type { AdvertEvent, Effect, Event, MachineConfig, Master, Step } from "./machine-model.ts";
import { keep, leave, toBackup } from "./machine-moves.ts";
import { ANNOUNCE_GAP_MS, DEFEND_GAP_MS, type Ms, reassertGapMs } from "./timing.ts";

// MASTER: what it answers to others, and what it does by itself.

/** RFC 9568 §6.4.3: addresses decide between equal priorities, the higher one wins. */
export function masterAdvert(s: Master, e: AdvertEvent & { readonly now: Ms }, c: MachineConfig): Step {
  if (c.priority === 255 && c.ownerIgnoresAdverts) return reannounced(s, e.now, c);
  if (e.priority === 0) return reassert(s, e.now, c);
  if (e.priority === s.priority && e.order === 0) return keep(s, { do: "log", what: "own", advert: e });
  if (hasBetterClaim(e, s)) {
    const first: Effect[] = [{ do: "log", what: "higher", advert: e }];
    // It may have been master all along, and have heard nothing of us: then it has to announce its addresses again.
    if (c.higherPrioSendAdvert || s.perhapsSecond) first.push({ do: "send", priority: s.priority });
    const seen = { address: e.from, priority: e.priority };
    const why = `${e.from} has the better claim (priority ${e.priority}, ours ${s.priority})`;
    return leave(toBackup(e.now, s, c, e.intervalMs, seen), first, why);
  }
  const answered = c.lowerPrioNoAdvert ? { state: s, effects: [] } : reassert(s, e.now, c);
  const announced = reannounced(answered.state as Master, e.now, c);
  const effects: Effect[] = [{ do: "log", what: "election", advert: e }, ...answered.effects, ...announced.effects];
  return keep(announced.state, ...effects, { do: "electionForced" });
}

export const hasBetterClaim = (e: AdvertEvent, s: Master): boolean =>
  e.priority > s.priority || (e.priority === s.priority && e.order > 0);

/** An advert at once, unless one has only just left: then as soon as the gap allows. */
function reassert(s: Master, now: Ms, c: MachineConfig): Step {
  const earliest = s.sentAt + reassertGapMs(c.advertIntervalMs);
  if (now < earliest) return keep({ ...s, advertAt: Math.min(s.advertAt, earliest) });
  return keep({ ...s, sentAt: now, advertAt: now + c.advertIntervalMs }, { do: "send", priority: s.priority });
}

/** Where another master had claimed the addresses, neighbours are told again: now, and once more after the delay. */
export function reannounced(s: Master, now: Ms, { garp }: MachineConfig): Step {
  if (garp.lowerPrioRepeat === 0) return keep(s);
  const again = s.again ?? { at: now + garp.lowerPrioDelayMs, repeat: garp.lowerPrioRepeat };
  const state: Master = { ...s, ...(garp.lowerPrioDelayMs > 0 && { again }) };
  if (now - s.announcedAt < ANNOUNCE_GAP_MS) return keep(state);
  return keep({ ...state, announcedAt: now }, { do: "announce", repeat: garp.lowerPrioRepeat });
}

/** Where somebody else has claimed the addresses, they are claimed back: at once, and once more when nobody has claimed them for
 *  a while, which is what the neighbours are to remember. In between the higher hardware address goes on, after a gap each
 *  time, so that neighbours find one of two masters and not now this one, now that one. RFC 5227 §2.4 */
export function defended(
  s: Master,
  e: Event & { readonly type: "claimed" | "unclaimed" },
  { garp }: MachineConfig,
): Step {
  const { now } = e;
  const { defendedAt, ...rest } = s;
  const first = defendedAt === undefined || e.type === "unclaimed";
  if (!first && e.type === "claimed" && e.outranks) return keep(s);
  const repeat = garp.lowerPrioRepeat;
  if (!first && now - defendedAt < DEFEND_GAP_MS)
    return keep(repeat === 0 ? s : { ...s, again: s.again ?? { at: defendedAt + DEFEND_GAP_MS, repeat } });
  const state: Master = { ...rest, ...(e.type === "claimed" && { defendedAt: now }) };
  const announce: Effect[] = repeat > 0 ? [{ do: "announce", repeat }] : [];
  return keep({ ...state, announcedAt: now }, ...announce, ...(first ? [{ do: "electionForced" } as const] : []));
}

export function masterTimer(s: Master, now: Ms, c: MachineConfig): Step {
  const effects: Effect[] = [];
  const { again, refreshAt, ...rest } = s;
  let state: Master = rest;
  if (now >= s.advertAt) {
    const onTime = s.advertAt + c.advertIntervalMs;
    state = { ...state, sentAt: now, advertAt: onTime > now ? onTime : now + c.advertIntervalMs };
    effects.push({ do: "send", priority: s.priority });
  }
  if (again && now >= again.at) {
    state = { ...state, announcedAt: now, ...(s.defendedAt !== undefined && { defendedAt: now }) };
    effects.push({ do: "announce", repeat: again.repeat });
  } else if (again) state = { ...state, again };
  if (refreshAt !== undefined && now >= refreshAt) {
    state = { ...state, announcedAt: now, refreshAt: now + c.garp.masterRefreshMs };
    effects.push({ do: "announce", repeat: c.garp.masterRefreshRepeat });
  } else if (refreshAt !== undefined) state = { ...state, refreshAt };
  return { state, effects };
}
