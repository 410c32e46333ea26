import { setFlagsFromString } from "node:v8";

/** For a process that is about to end: what V8's optimizing compiler compiles takes longer than is left to do, and so do the
 *  threads that it would start to tidy up a megabyte. */
export const withoutOptimizer = (): void => setFlagsFromString("--no-opt --no-parallel-scavenge");
