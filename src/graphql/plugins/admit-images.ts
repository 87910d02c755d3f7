import type { Plugin } from 'graphql-yoga';
import type { GraphqlContext } from '../context.ts';
import { maskError } from '../errors.ts';
import { askedImages } from '../asked-images.ts';

/**
 * Reads the headers of all images that a request brings, and refuses it when decoding and encoding them would cost too much: before
 * anything runs, so that nothing is decoded, encoded or read from storage for it.
 */
export const admitImagesPlugin: Plugin<GraphqlContext> = {
  onExecute({ args, setResultAndStopExecution }) {
    const { document, variableValues, contextValue } = args;
    const images = askedImages(document, variableValues ?? {});
    if (images.length === 0) return;
    return contextValue.embeddings
      .admitImages(images)
      .catch((error: unknown) => setResultAndStopExecution({ errors: [maskError(error)] }));
  },
};
