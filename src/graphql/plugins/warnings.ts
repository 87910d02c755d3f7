import type { Plugin } from 'graphql-yoga';
import { warningsOf } from '../../use-cases/warnings.ts';

/** Tells in `extensions.warnings` what a list leaves out. An error would say that the answer is none. */
export const warningsPlugin: Plugin = {
  onResultProcess({ request, result, setResult }) {
    const warnings = warningsOf(request);
    if (warnings === null || Array.isArray(result) || !('data' in result)) return;
    setResult({ ...result, extensions: { ...result.extensions, warnings } });
  },
};
