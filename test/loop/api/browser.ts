import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "undici";

/** Debian's name for it. */
const CHROMIUM = "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);

const START_LIMIT_MS = 60_000;
const POLL_MS = 50;

type Reply = { readonly id?: number; readonly method?: string; readonly params?: unknown; readonly result?: unknown };

/** A page in a headless Chromium, spoken to by its DevTools protocol. */
export class Browser {
  /** What the page's console and its content security policy complained of. */
  readonly complaints: string[] = [];
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #next = 1;

  private constructor(process: ChildProcess, folder: string, socket: WebSocket) {
    this.#process = process;
    this.#folder = folder;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const reply = JSON.parse(String(data)) as Reply;
      if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply.result);
      else if (reply.method === "Log.entryAdded" || reply.method === "Runtime.exceptionThrown")
        this.complaints.push(JSON.stringify(reply.params));
    });
  }

  static async open(): Promise<Browser> {
    const folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-browser-"));
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
    const args = [...flags, "--remote-debugging-port=0", `--user-data-dir=${folder}`, "about:blank"];
    const child = spawn(CHROMIUM, args, { stdio: "ignore" });
    const portFile = path.join(folder, "DevToolsActivePort");
    const port = await until(() => existsSync(portFile) && readFileSync(portFile, "utf8").split("\n")[0]);
    const tab = await until(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
      const tabs = (await answer.json()) as { readonly type: string; readonly webSocketDebuggerUrl: string }[];
      return tabs.find(({ type }) => type === "page");
    });
    const socket = new WebSocket(tab.webSocketDebuggerUrl);
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    const browser = new Browser(child, folder, socket);
    for (const domain of ["Page", "Runtime", "Log"]) await browser.send(`${domain}.enable`);
    return browser;
  }

  send(method: string, params: object = {}): Promise<unknown> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    return (answer as { readonly result: { readonly value: T } }).result.value;
  }

  /** Waits until an expression is true in the page. */
  async eventually(expression: string): Promise<void> {
    await until(() => this.evaluate<boolean>(expression).catch(() => false));
  }

  /** Waits for something outside of the page. */
  async until(condition: () => boolean): Promise<void> {
    await until(condition);
  }

  /** A key that is pressed and let go: "Tab", "Enter", " ", "/". */
  async press(key: string): Promise<void> {
    const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
    const codes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, " ": 32, "/": 191 };
    const event = { key, windowsVirtualKeyCode: codes[key], ...(text && { text }) };
    await this.send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", ...event });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  async type(text: string): Promise<void> {
    await this.send("Input.insertText", { text });
  }

  async look(width: number, height: number, scheme: "light" | "dark"): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  }

  /** What is on the screen; or the whole page, however long it is. */
  async screenshot({ whole = false } = {}): Promise<Buffer> {
    const height = await this.evaluate<number>("document.documentElement.scrollHeight");
    const width = await this.evaluate<number>("innerWidth");
    const clip = { x: 0, y: 0, width, height, scale: 1 };
    const options = { format: "png", ...(whole && { captureBeyondViewport: true, clip }) };
    const { data } = (await this.send("Page.captureScreenshot", options)) as { readonly data: string };
    return Buffer.from(data, "base64");
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    void this.send("Browser.close");
    await Promise.race([gone, delay(5000, undefined, { ref: false })]);
    this.#process.kill("SIGKILL");
    this.#socket.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function until<T>(look: () => T | Promise<T>): Promise<Exclude<T, undefined | false | "">> {
  const startedAtMs = performance.now();
  for (;;) {
    const found = await look();
    if (found) return found as Exclude<T, undefined | false | "">;
    if (performance.now() - startedAtMs > START_LIMIT_MS) throw new Error("the browser does not get there");
    await delay(POLL_MS);
  }
}
