import { keywordsJson, tmLanguage } from "./editor.ts";
import { keywordsPage } from "./keywords-page.ts";
import { manPage } from "./man-page.ts";
import { notRunPage } from "./not-run-page.ts";
import type { Release } from "./roff.ts";
import type { AnyBlock } from "./row.ts";

/** Everything that is generated from the rows, by the file of the project that holds it. */
export const pages = (root: AnyBlock, release: Release): Readonly<Record<string, string>> => ({
  "docs/keywords.md": keywordsPage(root),
  "docs/man/lvskeeper.conf.5": manPage(root, release),
  "docs/not-run.md": notRunPage(root),
  "docs/editor/keywords.json": keywordsJson(root),
  "docs/editor/keepalived.tmLanguage.json": tmLanguage(root),
});
