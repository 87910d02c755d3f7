import { registerHooks } from 'node:module';

/** Loaded in front of scripts/pipeline.ts by `node --import`: the command is what it always is, and opens the pipeline under watch. */
registerHooks({
  resolve(specifier, context, nextResolve) {
    const isOpened =
      specifier === './pipeline/open-local.ts' && context.parentURL?.endsWith('/scripts/pipeline.ts');
    return nextResolve(
      isOpened === true ? new URL('watched-local.ts', import.meta.url).href : specifier,
      context,
    );
  },
});
