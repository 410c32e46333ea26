/** "42 s", "3 min 5 s", "2 h 7 min", "12 d 3 h"; a clock that went back counts as now. */
export function durationText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours, days] = [Math.floor(s / 60), Math.floor(s / 3600), Math.floor(s / 86_400)];
  if (minutes === 0) return `${s} s`;
  if (hours === 0) return `${minutes} min ${s % 60} s`;
  if (days === 0) return `${hours} h ${minutes % 60} min`;
  return `${days} d ${hours % 24} h`;
}

/** "0.4 ms", "120 ms". */
export const latencyText = (ms: number): string => `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
