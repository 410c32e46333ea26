import { setFlagsFromString } from "node:v8";

/** For a process that is about to end: what V8's optimizing compiler compiles takes longer than is left to do. */
export const withoutOptimizer = (): void => setFlagsFromString("--no-opt");
