export function generatedConfig(services: number, reals: number): string;
