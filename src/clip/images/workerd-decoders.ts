import webp from '@jsquash/webp/codec/dec/webp_dec.wasm';
import gif from 'imagescript/wasm/any/gif.wasm';
import jpeg from 'imagescript/wasm/any/jpeg.wasm';
import png from 'imagescript/wasm/any/png.wasm';
import type { DecoderModules } from './decode-image.ts';

/** The image decoders as the bundler compiled them. */
export const workerdDecoders: DecoderModules = { jpeg, png, gif, webp };
