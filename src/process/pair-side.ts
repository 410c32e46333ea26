import { type Placed, type Related, relatedAt } from "../config/diagnostic.ts";
import type { Root } from "./options.ts";
import type { Plan } from "./plan.ts";

/** What one director of a pair brings to the comparison. */
export type Side = { readonly root: Root; readonly plan: Plan; readonly file: string };

/** The place in the other file. */
export const beside = (at: Placed, message = "in the other file"): readonly Related[] => [relatedAt(message, at)];

/** A few of many. */
export const someOf = (items: readonly string[]): string =>
  items.length > 4 ? `${items.slice(0, 3).join(", ")} and ${items.length - 3} more` : items.join(", ");
