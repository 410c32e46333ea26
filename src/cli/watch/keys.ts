import type { Key } from "./view.ts";

/** What node:readline makes of the bytes of a key. */
export type Keypress = { readonly name?: string; readonly ctrl?: boolean; readonly meta?: boolean };

/** A key by what it types, or else by its name; undefined for one held with Alt, and for what is none. */
export function keyOf(text: string | undefined, { name, ctrl = false, meta = false }: Keypress): Key | undefined {
  if (ctrl) return name === undefined ? undefined : { name, ctrl, text: "" };
  if (text !== undefined && /^\P{C}$/u.test(text))
    return meta ? undefined : { name: text === " " ? "space" : text, ctrl, text };
  return name === undefined ? undefined : { name, ctrl, text: "" };
}
