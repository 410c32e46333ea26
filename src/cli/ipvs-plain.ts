import type { ListingOptions } from "../ipvs/listing.ts";
import { writeOut } from "./ipvs-output.ts";
import { listPlainly } from "./ipvs-table.ts";

/** `ipvs -Ln`, which monitoring calls again and again: a file of its own, so that nothing else is read, compiled or set up. */

const LISTS = ["-L", "-l", "--list"];
const NUMERIC = ["-n", "--numeric"];
const BOTH = ["-Ln", "-ln", "-nL", "-nl"];
const OPTIONS: ListingOptions = { columns: "connections", exact: false, sorted: true };

const isPlain = ([first = "", second = "", ...more]: readonly string[]): boolean =>
  more.length === 0 &&
  ((second === "" && BOTH.includes(first)) ||
    (LISTS.includes(first) && NUMERIC.includes(second)) ||
    (NUMERIC.includes(first) && LISTS.includes(second)));

/** Resolves with the exit status; with undefined, and nothing written, where the whole command has to do it. */
export async function plainListing(args: readonly string[]): Promise<number | undefined> {
  if (!isPlain(args)) return undefined;
  (await import("./without-optimizer.ts")).withoutOptimizer();
  try {
    const done = await listPlainly(OPTIONS, writeOut, async (entries) => {
      const { askedFor } = await import("./ipvs.ts");
      return askedFor(entries, OPTIONS);
    });
    return done ? 0 : undefined;
  } catch (error) {
    const { listingFailed } = await import("./ipvs.ts");
    return listingFailed({ do: "list", what: "services", numeric: true, persistent: false, ...OPTIONS }, error);
  }
}
