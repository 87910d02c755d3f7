/* global Response, gc */
/** Our Worker, with one more path that collects its garbage and that of what stands behind its bindings: what then remains is held. */
import worker from '../../../src/index.ts';

export default {
  async fetch(request, env, ctx) {
    if (!request.url.endsWith('/collect')) return worker.fetch(request, env, ctx);
    gc(); // by V8's flag --expose-gc
    await env.AI.collect();
    return new Response(null, { status: 204 });
  },
};
