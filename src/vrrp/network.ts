/** A network interface of this host. `up`: administratively up and with a carrier (IFF_UP and IFF_RUNNING).
 *  `hardwareAddress` is empty where the interface has none. */
export type Link = {
  readonly index: number;
  readonly name: string;
  readonly hardwareAddress: Uint8Array;
  readonly up: boolean;
};

/** An address on an interface of this host, in canonical text. */
export type HostAddress = { readonly interfaceIndex: number; readonly address: string; readonly prefixLength: number };

/** What is asked of the kernel for a virtual address; the optional parts as VirtualAddress has them. */
export type AddressRequest = HostAddress & {
  readonly scope?: number;
  readonly label?: string;
  readonly broadcast?: string | "+" | "-";
  readonly peer?: string;
};

/** An errno name and a sentence; undefined is success. Adding what is there (EEXIST) and removing what is gone
 *  (EADDRNOTAVAIL) succeed. */
export type NetworkFailure = { readonly code: string; readonly message: string } | undefined;

/** The host's interfaces and addresses as tables that are kept current. A change calls the listener, which looks at the
 *  tables again: what it missed while it was busy does not matter. */
export type Network = {
  link(name: string): Link | undefined;
  links(): readonly Link[];
  /** In the kernel's order: primary addresses of an interface before secondary ones. */
  addresses(): readonly HostAddress[];
  add(request: AddressRequest): Promise<NetworkFailure>;
  remove(address: HostAddress): Promise<NetworkFailure>;
  onChange(listener: () => void): void;
  close(): void;
};
