import type { Plugin } from 'graphql-yoga';
import { tellServerTiming } from '../../use-cases/server-timing.ts';

export const serverTimingPlugin: Plugin = {
  onResponse({ request, response }) {
    tellServerTiming(request, response.headers);
  },
};
