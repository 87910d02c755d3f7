import { fileURLToPath } from 'node:url';
import { type EncoderProcess, startEncoder } from '../../test/scripts/encoder/encoder-process.ts';

export interface StandIn extends EncoderProcess {
  /** Variables of a Worker that encodes by it, pictures and texts. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Starts the stand-in encoder as a process of its own. @param latencyMs of a call */
export async function startStandIn(dim: number, latencyMs: number): Promise<StandIn> {
  const script = fileURLToPath(new URL('stand-in-encoder.ts', import.meta.url));
  const args = ['--dim', String(dim), '--latency', String(latencyMs)];
  const encoder = await startEncoder(args, {}, { script, cwd: process.cwd() });
  const vars = {
    TEXT_ROUTE: 'http',
    IMAGE_ROUTE: 'http',
    ENCODER_URL: encoder.origin,
    ENCODER_ID: 'stand-in',
    ENCODER_DIM: String(dim),
  };
  return { ...encoder, vars };
}
