import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";
import { decodeAttrs, encodeAttrs, text, u16 } from "./attrs.ts";
import { CONTROLLER, GENL_HEADER_BYTES, genlMessage, RECEIVE_BUFFER_BYTES } from "./genl-message.ts";
import type { Ending, NetlinkRequest } from "./message.ts";
import { flags } from "./message.ts";
import { NetlinkConnection } from "./request.ts";
import { type Inside, kernelSocket, protocols, type SocketOpener } from "./socket.ts";

/** Of CTRL_ATTR_* what is asked. */
const controllerAttrs = { familyId: [1, u16], familyName: [2, text(16)] } as const;
const MODPROBE_TIMEOUT_MS = 10_000;

export type GenlFamily = {
  /** The family's name in the kernel ("IPVS"), the version of its messages, and the module that brings it. */
  readonly name: string;
  readonly version: number;
  readonly module: string;
};

export type GenlRequest = { readonly command: number; readonly attributes: Uint8Array };

/** A generic netlink family that has been found in the kernel. Its number is another one when its module was taken out and is
 *  loaded again: a question that the kernel answers with ENOENT is asked once more, after the family was looked for again.
 *  Errors as NetlinkConnection's. */
export class GenlClient {
  readonly #connection: NetlinkConnection;
  readonly #version: number;
  readonly #find: () => Promise<number>;
  #id: number;
  #finding: Promise<number> | undefined;

  constructor(connection: NetlinkConnection, id: number, version: number, find: () => Promise<number>) {
    this.#connection = connection;
    this.#id = id;
    this.#version = version;
    this.#find = find;
  }

  /** The answers to one request, each by its attributes. */
  get<T>(request: GenlRequest, decode: (attributes: Buffer) => T | undefined): Promise<T[]> {
    return this.#ask(request, 0, (payload) => decode(payload.subarray(GENL_HEADER_BYTES)));
  }

  dump<T>(request: GenlRequest, decode: (attributes: Buffer) => T | undefined): Promise<T[]> {
    return this.#ask(request, flags.dump, (payload) => decode(payload.subarray(GENL_HEADER_BYTES)));
  }

  async run(request: GenlRequest): Promise<void> {
    await this.#ask(request, 0, () => undefined);
  }

  /** As NetlinkConnection.batch. */
  batch(requests: Iterable<GenlRequest>): Promise<Ending[]> {
    return this.#connection.batch(this.#messages(requests));
  }

  *#messages(requests: Iterable<GenlRequest>): Generator<NetlinkRequest> {
    for (const request of requests) yield this.#message(request, 0);
  }

  close(): void {
    this.#connection.close();
  }

  async #ask<T>(request: GenlRequest, extra: number, decode: (payload: Buffer) => T | undefined): Promise<T[]> {
    try {
      return await this.#connection.call(this.#message(request, extra), decode);
    } catch (error) {
      if (errnoCode(error) !== "ENOENT") throw error;
      await this.#findAgain();
      return this.#connection.call(this.#message(request, extra), decode);
    }
  }

  /** Once for all who ask meanwhile. */
  async #findAgain(): Promise<void> {
    this.#finding ??= this.#find().finally(() => {
      this.#finding = undefined;
    });
    this.#id = await this.#finding;
  }

  #message(request: GenlRequest, extra: number): NetlinkRequest {
    return genlMessage(this.#id, this.#version, request, extra);
  }
}

export type GenlOptions = {
  readonly open?: SocketOpener;
  /** Where the kernel's socket is opened. */
  readonly inside?: Inside;
  /** Loads the kernel module; the default runs modprobe. */
  readonly loadModule?: (module: string) => Promise<void>;
};

/** Finds the family, loading its module where it is not there yet. Rejects with DirectorError: "ENOENT" where the kernel
 *  has no such family even then, else the errno of the socket. */
export async function openGenl(family: GenlFamily, options: GenlOptions = {}): Promise<GenlClient> {
  const connection = new NetlinkConnection(
    options.open ?? kernelSocket(protocols.generic, RECEIVE_BUFFER_BYTES, options.inside),
  );
  const find = (): Promise<number> => findFamily(connection, family, options.loadModule ?? modprobe);
  try {
    return new GenlClient(connection, await find(), family.version, find);
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function findFamily(
  connection: NetlinkConnection,
  family: GenlFamily,
  loadModule: (module: string) => Promise<void>,
): Promise<number> {
  const known = await familyId(connection, family.name);
  if (known !== undefined) return known;
  let why = "";
  await loadModule(family.module).catch((error: unknown) => {
    why = `; ${messageOf(error)}`;
  });
  const loaded = await familyId(connection, family.name);
  if (loaded !== undefined) return loaded;
  throw new DirectorError("ENOENT", `the kernel has no generic netlink family \`${family.name}\`${why}`, {
    hint: `load it with \`modprobe ${family.module}\`, or run a kernel that has it`,
  });
}

/** Asks the controller for the number of a family. */
export function familyRequest(name: string): NetlinkRequest {
  const attributes = encodeAttrs(controllerAttrs, { familyName: name });
  return genlMessage(CONTROLLER.id, CONTROLLER.version, { command: CONTROLLER.getFamily, attributes }, 0);
}

/** The number in the controller's answer. */
export const familyIn = (payload: Buffer): number | undefined =>
  decodeAttrs(controllerAttrs, payload.subarray(GENL_HEADER_BYTES)).familyId;

async function familyId(connection: NetlinkConnection, name: string): Promise<number | undefined> {
  try {
    const answers = await connection.call(familyRequest(name), familyIn);
    return answers[0];
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function modprobe(module: string): Promise<void> {
  const { execFile } = await import("node:child_process"); // rarely, and dear where every call of `ipvs` loads it
  return new Promise((resolve, reject) => {
    // A daemon's PATH often lacks the folders that modprobe is in.
    const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
    execFile("modprobe", ["--", module], { timeout: MODPROBE_TIMEOUT_MS, env }, (error, _stdout, stderr) => {
      if (!error) return resolve();
      const said = stderr.trim();
      reject(
        new DirectorError("netlink/modprobe", said === "" ? `modprobe ${module}: ${error.message}` : said, {
          cause: error,
        }),
      );
    });
  });
}
