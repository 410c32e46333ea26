import type { AnyBlock } from "./row.ts";
import { closest } from "./suggest.ts";

/** What is probably meant by a word that is no keyword of a block. */
export function keywordHint(text: string, schema: AnyBlock, next: string | undefined): string | undefined {
  if (/^(\/\/|\/\*|--|;)/.test(text)) return "comments begin with `#` or `!`, and end with their line";
  const [, written = "", mark = ""] = /^([\w-]+)([:=;])/.exec(text) ?? [];
  const name = schema.byName.has(written) ? written : closest(written, schema.byName.keys());
  if (mark !== "" && name !== undefined)
    return mark === "=" && text.length > written.length + 1
      ? `write \`${name} ${text.slice(written.length + 1)}\`, without \`=\``
      : `write \`${name}\` without the \`${mark}\``;
  const near = closest(text, schema.byName.keys());
  if (near) return `did you mean \`${near}\`?`;
  if (/^[\u201c\u201d\u2018\u2019]/.test(text)) return "write plain quotes instead of typographic ones";
  if (/^\d+$/.test(text) && next !== undefined && schema.byName.has(next))
    return "is it the number of the line? remove it here and on all lines";
  return undefined;
}
