import type { EncoderConfig, RouteName } from './config.ts';

/** Where a configuration has pictures and texts encoded, in words: no host and no key, so that anyone may read it. */
export function describeRoutes(config: EncoderConfig): string {
  return `pictures ${wayOf(config.imageRoute, config)}, texts ${wayOf(config.textRoute, config)}`;
}

function wayOf(route: RouteName, { http, ai }: EncoderConfig): string {
  if (route === 'worker') return 'in the Worker';
  return route === 'ai' ? `behind AI (${ai.model})` : `over HTTP (${http?.presetName})`;
}
