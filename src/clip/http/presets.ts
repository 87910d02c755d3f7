import type { HttpPreset } from './preset.ts';
import { cohere } from './presets/cohere.ts';
import { immich } from './presets/immich.ts';
import { infinity } from './presets/infinity.ts';
import { jina } from './presets/jina.ts';
import { openai } from './presets/openai.ts';
import { replicate } from './presets/replicate.ts';
import { template } from './presets/template.ts';
import { vllm } from './presets/vllm.ts';
import { voyage } from './presets/voyage.ts';

/** Every kind of peer that is spoken to, by the name that ENCODER_PRESET and --preset take. */
export const PRESETS = {
  openai,
  infinity,
  vllm,
  jina,
  voyage,
  cohere,
  immich,
  replicate,
  template,
} as const satisfies Record<string, HttpPreset>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];
