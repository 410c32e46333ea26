import { durationText, latencyText } from "../outline/duration.ts";
import type { OutlineContext } from "../outline/model.ts";

// Ages run on while a page is looked at. So a text has marks in their places, of characters that no text has (U+E000 and
// U+E001, private use), which become words when it is shown. A name that has such characters shows an age, and no harm is done.
const AGES = /\ue000([sd])(\d+)\ue001/g;
const ageAt = (kind: "s" | "d", wallMs: number): string => `\ue000${kind}${Math.max(0, Math.round(wallMs))}\ue001`;

/** Draws texts with marks in the places of their ages. */
export const markedContext = (nowWallMs: number): OutlineContext => ({
  since: (wallMs) => ageAt("s", wallMs),
  due: (wallMs) => ageAt("d", wallMs),
  took: latencyText,
  flow: (text) => text,
  nowWallMs,
});

export const hasAges = (text: string): boolean => text.includes("\ue000");
export const isAge = (text: string): boolean => text.startsWith("\ue000") && text.indexOf("\ue001") === text.length - 1;

/** The text as it is at this time of the director's clock. */
export const withAges = (text: string, nowWallMs: number): string =>
  text.replaceAll(AGES, (_mark, kind: string, at: string) =>
    durationText(kind === "s" ? nowWallMs - Number(at) : Number(at) - nowWallMs),
  );

export const withoutAges = (text: string): string => text.replaceAll(AGES, "");
