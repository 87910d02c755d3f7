import type { EncoderConfig, RouteName } from './config.ts';
import { describeHttpRoute } from './http/http-route.ts';

/** Where a configuration has pictures and texts encoded, in words for the operator: hosts, but no keys. */
export function describeRoutes(config: EncoderConfig): string {
  return `pictures ${wayOf(config.imageRoute, config)}, texts ${wayOf(config.textRoute, config)}`;
}

function wayOf(route: RouteName, { http, ai }: EncoderConfig): string {
  if (route === 'worker') return 'in the Worker';
  return route === 'ai'
    ? `behind AI (${ai.model})`
    : `over ${http === null ? 'HTTP' : describeHttpRoute(http)}`;
}
