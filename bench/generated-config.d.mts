export function generatedConfig(
  services: number,
  reals: number,
  options?: { readonly checked?: boolean; readonly lastWeight?: number },
): string;
