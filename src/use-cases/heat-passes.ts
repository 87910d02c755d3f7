import { NETWORK_PASSES } from '../clip/images/pixel-passes.ts';

/** Pictures that are covered for a heat map, besides the one as it is, which is one more: 4 rows of 4 unasked, 7 of 7 asked for. */
export const COVERED_BY_ITSELF = 16;
export const COVERED_WHEN_ASKED = 49;

/** A heat map that a request asks for. */
export interface AskedHeat {
  /** Its picture as it was given: a URL, base64 or an upload. */
  readonly image: unknown;
  /** What the network takes for it, in pixel passes: its picture is decoded once more besides. */
  readonly networkPasses: number;
}

/** Fields of an explanation that need its heat map. */
export const HEAT_FIELDS: ReadonlySet<string> = new Set([
  'method',
  'rows',
  'columns',
  'heat',
  'seen',
  'overlay',
]);

/** The picture as it is, and once for each region that is covered. */
const OCCLUSION_PICTURES = COVERED_WHEN_ASKED + 1;
/** Through the network, and as much again for what its layers give. */
const MAP_PICTURES = 2;

/** @param method of `ExplainMethod`; which one `AUTO` is says the encoder, that of the Worker covers as many regions as OCCLUSION does */
export function heatNetworkPasses(method: unknown): number {
  switch (method) {
    case 'NONE':
      return 0;
    case 'SHARES':
    case 'MASKCLIP':
    case 'GRAD_ECLIP':
    case 'GRAD_CAM':
      return MAP_PICTURES * NETWORK_PASSES;
    default:
      return OCCLUSION_PICTURES * NETWORK_PASSES;
  }
}

/**
 * What pictures, texts and heat maps of one request may cost together, of what its pictures alone may: 4.8 s of a core by default. The
 * dearest picture takes half of MAX_PIXEL_PASSES, twice with a heat map, whose network takes another half.
 */
export const WITH_HEATS = 1.6;
