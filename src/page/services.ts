import type { Row } from "../outline/model.ts";
import { withoutAges } from "./ages.ts";
import { SERVER_HEADS } from "./heads.ts";
import { byId, type LiveTexts, make, setHidden } from "./live-texts.ts";
import { createTable, type LiveTable } from "./tables.ts";

/** With more real servers than this in all, virtual servers begin folded. */
const OPEN_UP_TO = 200;

type Fold = {
  service: Row;
  readonly node: HTMLDetailsElement;
  readonly state: HTMLElement;
  readonly about: HTMLElement;
  readonly table: LiveTable;
};

/** The virtual servers, each with its real servers below; of one that is folded these have no nodes at all. */
export class Services {
  readonly #texts: LiveTexts;
  readonly #box = byId("services");
  readonly #filter = byId("filter") as HTMLInputElement;
  readonly #onlyDown = byId("down") as HTMLInputElement;
  readonly #folds = new Map<string, Fold>();

  constructor(texts: LiveTexts) {
    this.#texts = texts;
    const again = (): void => {
      for (const fold of this.#folds.values()) this.#showServers(fold);
    };
    this.#filter.addEventListener("input", again);
    this.#onlyDown.addEventListener("change", again);
  }

  show(services: readonly Row[]): void {
    const count = services.reduce((sum, { children }) => sum + children.length, 0);
    const wanted = new Set(services.map(({ key }) => key));
    for (const [key, { node }] of this.#folds) {
      if (wanted.has(key)) continue;
      this.#folds.delete(key);
      node.remove();
    }
    for (const service of services) {
      const fold = this.#folds.get(service.key) ?? this.#newFold(service, count <= OPEN_UP_TO);
      fold.service = service;
      const [, state, since, ...facts] = service.cells;
      this.#texts.put(fold.state, state?.text ?? "", state?.mark);
      const about = [`since ${since?.text}`, ...facts.map(({ text }) => text)];
      this.#texts.put(fold.about, about.filter((text) => text !== "").join(", "));
      this.#showServers(fold);
    }
  }

  #newFold(service: Row, open: boolean): Fold {
    const [state, about] = [make("span"), make("span")];
    const table = createTable(`Real servers of ${service.name}`, SERVER_HEADS, this.#texts);
    const wide = make("div", table.node);
    wide.className = "wide";
    wide.tabIndex = 0;
    wide.role = "group";
    wide.ariaLabel = `Real servers of ${service.name}`;
    const node = make("details", make("summary", make("strong", service.name), " ", state, " ", about), wide);
    node.open = open;
    const fold = { service, node, state, about, table };
    node.addEventListener("toggle", () => this.#showServers(fold));
    this.#folds.set(service.key, fold);
    this.#box.append(node);
    return fold;
  }

  #showServers({ service, node, table }: Fold): void {
    const words = this.#filter.value.trim().toLowerCase();
    const onlyDown = this.#onlyDown.checked;
    const fits = (server: Row): boolean =>
      (!onlyDown || server.mark === "bad") &&
      (words === "" || searchText(service, server).toLowerCase().includes(words));
    const servers = service.children.filter(fits);
    const isWanted = servers.length > 0 || (words === "" && (!onlyDown || service.mark === "bad"));
    setHidden(node, !isWanted);
    if (node.open && isWanted) table.show(servers);
  }
}

const searchText = (service: Row, server: Row): string =>
  [service.name, ...server.cells.map(({ text }) => withoutAges(text))].join(" ");
