import { type Command, Option } from 'commander';
import { PRESET_NAMES } from '../../src/clip/http/presets.ts';
import { UserError } from '../cli/user-error.ts';
import { type HttpChoice, readHttpChoice } from './http-encoder.ts';

/** The options of commands that encode a DATASET, as commander gives them. */
export interface EncoderFlags {
  readonly encoder?: 'http';
  readonly preset?: string;
  readonly url?: string;
}

/** For the help of such a command. */
export const HTTP_ENCODER_HELP =
  'With --encoder http the key comes from ENCODER_KEY, and all else from the variables that a Worker takes for the same encoder\n' +
  '(ENCODER_MODEL, ENCODER_DIMENSIONS, ...: docs/encoder-routes.md).';

/** Adds --encoder, --url and --preset. */
export function addEncoderOptions(program: Command): Command {
  return program
    .addOption(
      new Option('--encoder <KIND>', 'http: encode a DATASET by a server in place of --model').choices([
        'http',
      ]),
    )
    .option('--url <URL>', 'its base URL (default: ENCODER_URL)')
    .addOption(presetOption('ENCODER_PRESET, else openai'));
}

/** `--preset`. */
export function presetOption(otherwise: string): Option {
  return new Option('--preset <NAME>', `what kind of server it is (default: ${otherwise})`).choices(
    PRESET_NAMES,
  );
}

/**
 * The server that was chosen; undefined for a model of this machine.
 * @throws UserError for options that do not go together
 */
export function httpChoiceOf(
  { encoder, preset, url }: EncoderFlags,
  model: string | undefined,
): HttpChoice | undefined {
  if (encoder === undefined) {
    const idle = url === undefined ? (preset === undefined ? null : '--preset') : '--url';
    if (idle !== null) throw new UserError(`${idle} goes with --encoder http`);
    return undefined;
  }
  if (model !== undefined)
    throw new UserError('give either --model, which runs here, or --encoder http, which asks a server');
  return readHttpChoice({ url, preset }, process.env);
}
