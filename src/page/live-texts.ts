import { plainText } from "../core/plain-text.ts";
import type { Mark } from "../outline/model.ts";
import { hasAges, isAge, withAges } from "./ages.ts";

/** Texts of the page, of which those with ages run on while they are looked at. Whatever comes from the director is put into
 *  text nodes only, and a node is touched only when its text changes. */
export class LiveTexts {
  /** How far the director's clock is before the browser's, ms. */
  aheadMs = 0;
  readonly #running = new Map<HTMLElement, string>();
  readonly #unseen = new Set<Element>();
  readonly #eye = new IntersectionObserver((list) => {
    for (const { target, isIntersecting } of list) {
      if (isIntersecting) this.#unseen.delete(target);
      else this.#unseen.add(target);
      if (isIntersecting) for (const node of target.children) this.#refresh(node as HTMLElement);
    }
  });

  /** What stands in this row stands still while nobody sees it. */
  follow(row: HTMLElement): void {
    this.#unseen.add(row);
    this.#eye.observe(row);
  }

  forget(row: HTMLElement): void {
    this.#eye.unobserve(row);
    this.#unseen.delete(row);
    for (const node of row.children) this.#running.delete(node as HTMLElement);
    row.remove();
  }

  put(node: HTMLElement, text: string, mark?: Mark): void {
    if (mark !== undefined) setClass(node, isAge(text) ? `${mark} age` : mark);
    if (!hasAges(text)) {
      this.#running.delete(node);
      setText(node, plainText(text));
      return;
    }
    this.#running.set(node, text);
    if (node.textContent === "" || !this.#isUnseen(node)) this.#refresh(node);
  }

  tick(): void {
    for (const node of this.#running.keys()) if (!this.#isUnseen(node)) this.#refresh(node);
  }

  #isUnseen(node: HTMLElement): boolean {
    return node.parentElement !== null && this.#unseen.has(node.parentElement);
  }

  #refresh(node: HTMLElement): void {
    const text = this.#running.get(node);
    if (text !== undefined) setText(node, plainText(withAges(text, Date.now() + this.aheadMs)));
  }
}

export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setClass(node: HTMLElement, name: string): void {
  if (node.className !== name) node.className = name;
}

export function setHidden(node: HTMLElement, hidden: boolean): void {
  if (node.hidden !== hidden) node.hidden = hidden;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  ...inner: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.append(...inner);
  return node;
}

/** An element that the page has. */
export function byId(id: string): HTMLElement {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no ${id}`);
  return node;
}
