import { UserError } from '../cli/user-error.ts';
import { type HttpChoice, readHttpChoice } from '../clip/http-encoder.ts';

interface Flags {
  readonly model?: string | undefined;
  readonly encoderUrl?: string | undefined;
  readonly preset?: string | undefined;
}

/**
 * The server that encodes, where one was named.
 * @throws UserError for options that do not go together
 */
export function httpChoice({ model, encoderUrl: url, preset }: Flags): HttpChoice | undefined {
  if (url === undefined && preset !== undefined) throw new UserError('--preset goes with --encoder-url');
  if (url === undefined) return undefined;
  if (model !== undefined)
    throw new UserError('give either --model, which runs here, or --encoder-url, which is asked');
  return readHttpChoice({ url, preset }, process.env);
}
