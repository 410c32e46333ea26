/** One line of a preview. */
export type Change = { readonly kind: "add" | "change" | "remove"; readonly text: string };

type Named<T> = ReadonlyMap<string, T>;

/** What comes, changes and goes between two sets by name. `difference` is empty where two of a name are the same. */
export function changesBetween<T>(
  before: Named<T>,
  after: Named<T>,
  textOf: (one: T) => string,
  difference: (was: T, now: T) => string,
): Change[] {
  const changes: Change[] = [];
  for (const [name, now] of after) {
    const was = before.get(name);
    const what = was === undefined ? "" : difference(was, now);
    if (was === undefined) changes.push({ kind: "add", text: textOf(now) });
    else if (what !== "") changes.push({ kind: "change", text: `${textOf(now)}: ${what}` });
  }
  for (const [name, was] of before) if (!after.has(name)) changes.push({ kind: "remove", text: textOf(was) });
  return changes;
}

/** "id 7 → 8, port 9000 → none": of facts in words. */
export const factsBetween = (was: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>): string =>
  [...new Set([...Object.keys(was), ...Object.keys(now)])]
    .filter((name) => was[name] !== now[name])
    .map((name) => `${name} ${was[name] ?? "none"} → ${now[name] ?? "none"}`)
    .join(", ");
