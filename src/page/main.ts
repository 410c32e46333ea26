import { messageOf } from "../core/errors.ts";
import { plainText } from "../core/plain-text.ts";
import type { Section } from "../outline/model.ts";
import { outlineOf } from "../outline/status.ts";
import type { DirectorEvent } from "../process/events.ts";
import type { DirectorStatus } from "../process/status.ts";
import { markedContext } from "./ages.ts";
import { Happenings } from "./happenings.ts";
import { HEADS } from "./heads.ts";
import { byId, LiveTexts, make, setClass, setHidden, setText } from "./live-texts.ts";
import { Services } from "./services.ts";
import { createTable, type LiveTable } from "./tables.ts";

// The program of the status page, as a browser runs it: what `lvskeeper status` prints, drawn again whenever something
// happens, and asked for now and then where nothing does.

/** While events come, and while they do not. */
const POLL_MS = 10_000;
const ALONE_POLL_MS = 2000;
/** Between two questions, however much happens. */
const GAP_MS = 1000;
const ANSWER_LIMIT_MS = 10_000;
const STREAM_AGAIN_MS = 30_000;
const TICK_MS = 1000;

const texts = new LiveTexts();
const services = new Services(texts);
const happenings = new Happenings();
const tables = new Map<Section["id"], LiveTable>();
for (const [id, heads] of Object.entries(HEADS) as [keyof typeof HEADS, readonly string[]][]) {
  if (heads.length === 0) continue;
  const table = createTable(byId(`h-${id}`).textContent ?? "", heads, texts);
  tables.set(id, table);
  byId(id).append(table.node);
}

function show(status: DirectorStatus): void {
  texts.aheadMs = status.nowWallMs - Date.now();
  const { headline, mark, about, sections } = outlineOf(status, markedContext(status.nowWallMs));
  texts.put(byId("headline"), headline, mark);
  const title = `${mark === "bad" ? "\u26a0 " : ""}lvskeeper`;
  if (document.title !== title) document.title = title;
  texts.put(byId("about"), about.join(" \u00b7 "));
  const byName = new Map(sections.map((section) => [section.id, section]));
  for (const id of [...Object.keys(HEADS), "services"] as Section["id"][]) showSection(id, byName.get(id));
}

function showSection(id: Section["id"], section: Section | undefined): void {
  const { rows = [], remarks = [], title } = section ?? {};
  setHidden(byId(`s-${id}`), title === undefined);
  if (title === undefined) return;
  setText(byId(`h-${id}`), title);
  if (id === "services") services.show(rows);
  else tables.get(id)?.show(rows);
  const list = byId(`r-${id}`);
  const lines = remarks.map(plainText);
  if (list.children.length !== lines.length) list.replaceChildren(...lines.map((text) => make("li", text)));
  for (const [i, text] of lines.entries()) setText(list.children[i] as HTMLElement, text);
  setHidden(list, lines.length === 0);
}

let isStreamed = false;
let isAsking = false;
let isAskedAgain = false;
let timer: number | undefined;
let lastAskMs = 0;

function tellConnection(text: string, isGood: boolean): void {
  setText(byId("connection"), text);
  setClass(byId("connection"), isGood ? "plain" : "bad");
}

async function ask(): Promise<void> {
  window.clearTimeout(timer);
  if (isAsking) {
    isAskedAgain = true;
    return;
  }
  isAsking = true;
  lastAskMs = Date.now();
  try {
    const answer = await fetch("/status", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    if (!answer.ok) throw new Error(`HTTP status ${answer.status}`);
    show((await answer.json()) as DirectorStatus);
    tellConnection(isStreamed ? "live" : `asked every ${ALONE_POLL_MS / 1000} s`, true);
  } catch (error) {
    tellConnection(`no answer from the director (${messageOf(error)}); what is shown is old`, false);
  }
  isAsking = false;
  if (isAskedAgain) askSoon();
  else timer = window.setTimeout(ask, isStreamed ? POLL_MS : ALONE_POLL_MS);
  isAskedAgain = false;
}

function askSoon(): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(ask, Math.max(50, lastAskMs + GAP_MS - Date.now()));
}

let lastId: string | undefined;

function follow(): void {
  const source = new EventSource(`/events${lastId === undefined ? "" : `?after=${encodeURIComponent(lastId)}`}`);
  source.onopen = () => {
    isStreamed = true;
    askSoon();
  };
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const event = JSON.parse(data) as DirectorEvent;
    lastId = event.id;
    happenings.add(event);
    askSoon();
  };
  source.onerror = () => {
    isStreamed = false;
    askSoon();
    if (source.readyState === EventSource.CLOSED) window.setTimeout(follow, STREAM_AGAIN_MS);
  };
}

document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement;
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
  event.preventDefault();
  byId("filter").focus();
});
window.setInterval(() => {
  if (!document.hidden) texts.tick();
}, TICK_MS);
void ask();
follow();
