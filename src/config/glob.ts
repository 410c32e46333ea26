const MAX_ALTERNATIVES = 256;

/** One of the path patterns that `{a,b}` stands for: its text, and its segments, each a literal name or what names match. */
export type Alternative = {
  readonly text: string;
  readonly segments: readonly (string | RegExp)[];
  readonly isWild: boolean;
};

export function alternativesOf(pattern: string): readonly Alternative[] {
  return expandBraces(pattern).map((text) => {
    const names = text.split("/").filter((name) => name !== "");
    const segments = names.map((name) => (/[*?[]/.test(name) ? segmentMatcher(name) : name));
    return { text, segments, isWild: segments.some((segment) => typeof segment !== "string") };
  });
}

/** `a{b,c}d` → abd, acd; nested braces too; a brace without its partner stands for itself. */
function expandBraces(pattern: string): readonly string[] {
  let done: string[] = [pattern];
  for (let round = 0; round < 8; round++) {
    const next = done.flatMap((text) => {
      const inner = /\{([^{}]*,[^{}]*)\}/.exec(text);
      if (!inner) return [text];
      const [before, after] = [text.slice(0, inner.index), text.slice(inner.index + inner[0].length)];
      return (inner[1] as string).split(",").map((alternative) => before + alternative + after);
    });
    if (next.length === done.length || next.length > MAX_ALTERNATIVES) return next.slice(0, MAX_ALTERNATIVES);
    done = next;
  }
  return done;
}

/** A name as glob(7) has it: `*` and `?` do not match a leading dot. */
function segmentMatcher(segment: string): RegExp {
  let source = /^[*?[]/.test(segment) ? "(?!\\.)" : "";
  for (let i = 0; i < segment.length; i++) {
    const c = segment[i] as string;
    const set = c === "[" ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(segment.slice(i)) : null;
    if (c === "*") {
      if (segment[i - 1] !== "*") source += "[^/]*";
    } else if (c === "?") source += "[^/]";
    else if (set) {
      source += `[${set[1] ? "^" : ""}${(set[2] as string).replaceAll(/[\\\]^[]/g, "\\$&")}]`;
      i += set[0].length - 1;
    } else source += c.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  }
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    return /^(?!)/; // a range such as [z-a]: nothing matches, as glob(7)
  }
}
