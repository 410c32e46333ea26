export function table(head: readonly unknown[], rows: readonly (readonly unknown[])[]): string;
