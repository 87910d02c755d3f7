import gif from '@cwasm/nsgif/nsgif.wasm';
import jpeg from '@cwasm/jpeg-turbo/jpeg-turbo.wasm';
// @ts-expect-error: the package describes the exports of an instance; the bundler gives the compiled module
import png from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm';
import type { DecoderModules } from './decode-image.ts';

/** The image decoders as the bundler compiled them. */
export const workerdDecoders: DecoderModules = {
  jpeg,
  png: png as WebAssembly.Module,
  gif,
  webp,
  avif: async () => (await import('@jsquash/avif/codec/dec/avif_dec.wasm')).default,
};
