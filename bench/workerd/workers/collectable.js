/* global Response, gc */
/** Our Worker, with one more path that collects the isolate's garbage: what then remains in memory is held. */
import worker from '../../../src/index.ts';

export default {
  fetch(request, env, ctx) {
    if (!request.url.endsWith('/collect')) return worker.fetch(request, env, ctx);
    gc(); // by V8's flag --expose-gc
    return new Response(null, { status: 204 });
  },
};
