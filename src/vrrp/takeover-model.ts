/** Somebody beside the other routers who tells by an answer that this router is not cut off. */
export type WitnessPlan =
  | { readonly kind: "ping"; readonly address: string }
  | { readonly kind: "tcp"; readonly address: string; readonly port: number };

/** takeover_check: what a backup asks before it takes over from a master that has fallen silent, and what it makes of it. */
export type TakeoverCheckPlan = {
  /** How long an answer is waited for. */
  readonly timeoutMs: number;
  /** Somebody answers for the address. */
  readonly onConflict: "hold" | "take";
  /** There are witnesses, and none answers. */
  readonly noWitness: "hold" | "take";
  readonly witnesses: readonly WitnessPlan[];
};

/** What speaks against taking over. */
export type Obstacle =
  /** Somebody answers for one of the addresses. */
  | { readonly kind: "conflict"; readonly address: string; readonly hardwareAddress: string }
  /** None of the witnesses answers: it may be this router that is cut off. */
  | { readonly kind: "no-witness" };
