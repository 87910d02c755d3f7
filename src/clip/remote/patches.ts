import type { AppError } from '../../errors.ts';
import type { PatchExplainer, PatchHeat, PatchMethod, PatchQuestion } from '../patches.ts';
import type { RequestDeadline } from '../request-deadline.ts';
import { EncoderFailure } from './failure.ts';

/** Asks for one heat map. @throws EncoderFailure */
type AskHeat = (
  image: Uint8Array,
  question: PatchQuestion,
  deadline: RequestDeadline | undefined,
) => Promise<PatchHeat>;

/**
 * The patches of an encoder elsewhere.
 * @param methods what it says it can do
 * @returns null where it can do nothing
 */
export function remotePatches(methods: readonly PatchMethod[], ask: AskHeat): PatchExplainer | null {
  if (methods.length === 0) return null;
  return {
    methods,
    async explainImage(image, question, deadline): Promise<PatchHeat | AppError> {
      try {
        return await ask(image, question, deadline);
      } catch (error) {
        if (error instanceof EncoderFailure && error.isRefusal) return error;
        throw error;
      }
    },
  };
}
