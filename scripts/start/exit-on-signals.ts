/**
 * Ends this process with exit code 0 on Ctrl-C, SIGTERM and a closed terminal, and with it what it started. Call it before
 * Miniflare adds listeners of its own, which end it with other codes.
 */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
}
