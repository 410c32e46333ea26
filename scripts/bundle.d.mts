type Node = { bundle: true; platform: "node"; target: "node20"; logLevel: "warning" };
export const NODE: Node;
export const SCRIPT: Node & { format: "esm"; packages: "external" };
export function bundleScript(entry: string, outfile: string): Promise<void>;
