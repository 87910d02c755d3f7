import type { Logits } from '../../src/clip/encoder-info.ts';

/** A model that people use, as far as it is known without its files. Where each fact was read: docs/models.md. */
export interface CatalogueEntry {
  readonly id: string;
  /** The hub's repository that has ONNX files of it; null: none is known. */
  readonly from: string | null;
  readonly knows: string;
  readonly languages: string;
  readonly dim: number;
  /** Of what `model fetch` brings: text tower, vision tower, in 10^6 bytes. One number for both where they are one file. */
  readonly megabytes: readonly [text: number, image: number] | number | null;
  readonly licence: string;
  /** What is fetched of each tower where quantised pictures are known to suffer. */
  readonly imagePrecision?: 'fp32';
  /** null: not known; 100 is used, as all of OpenAI's have it. */
  readonly logits: Logits | null;
  /** Why it does not run, or what is only assumed of it. */
  readonly note: string | null;
}

const CLIP_LOGITS = { scale: 100, bias: null };
const CLIP_KNOWS = 'everyday pictures of the web (400 million pairs)';
const MOBILE = {
  knows: 'everyday pictures of the web (DataCompDR)',
  languages: 'English',
  dim: 512,
  licence: 'apple-amlr: research only',
  // Its card says so of every size.
  imagePrecision: 'fp32',
  logits: null,
  note: null,
} as const;

/** The models of docs/models.md. Sizes are of the files on the hub; those marked there as computed were not seen. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    id: 'tiny-clip',
    from: null,
    knows: 'drawings and everyday photographs, little of each',
    languages: 'English',
    dim: 256,
    megabytes: [4.6, 5.2],
    licence: 'Apache-2.0',
    logits: null,
    note: 'ships with this project',
  },
  {
    id: 'openai/clip-vit-base-patch32',
    from: 'Xenova/clip-vit-base-patch32',
    knows: CLIP_KNOWS,
    languages: 'English',
    dim: 512,
    megabytes: [64.5, 89.1],
    licence: 'MIT',
    logits: CLIP_LOGITS,
    note: null,
  },
  {
    id: 'openai/clip-vit-base-patch16',
    from: 'Xenova/clip-vit-base-patch16',
    knows: CLIP_KNOWS,
    languages: 'English',
    dim: 512,
    megabytes: [64.5, 87.5],
    licence: 'MIT',
    logits: CLIP_LOGITS,
    note: null,
  },
  {
    id: 'openai/clip-vit-large-patch14',
    from: 'Xenova/clip-vit-large-patch14',
    knows: CLIP_KNOWS,
    languages: 'English',
    dim: 768,
    megabytes: [125, 307],
    licence: 'MIT',
    logits: CLIP_LOGITS,
    note: null,
  },
  { ...MOBILE, id: 'apple/MobileCLIP-S0', from: 'Xenova/mobileclip_s0', megabytes: [42.8, 46] },
  { ...MOBILE, id: 'apple/MobileCLIP-S1', from: 'Xenova/mobileclip_s1', megabytes: [64.1, 86] },
  { ...MOBILE, id: 'apple/MobileCLIP-S2', from: 'Xenova/mobileclip_s2', megabytes: [64.1, 143] },
  {
    id: 'wkcn/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M',
    from: null,
    knows: 'photographs of Flickr (15 million pairs)',
    languages: 'English',
    dim: 512,
    megabytes: null,
    licence: 'MIT',
    logits: null,
    note: 'no ONNX files are known: export them (optimum-cli export onnx), then --model DIR',
  },
  {
    id: 'google/siglip-base-patch16-224',
    from: 'Xenova/siglip-base-patch16-224',
    knows: 'everyday pictures of the web (WebLI)',
    languages: 'English',
    dim: 768,
    megabytes: [111, 99.5],
    licence: 'Apache-2.0',
    logits: { scale: 117.330765, bias: -12.932437 },
    note: null,
  },
  {
    id: 'google/siglip2-base-patch16-224',
    from: 'onnx-community/siglip2-base-patch16-224-ONNX',
    knows: 'everyday pictures of the web (WebLI)',
    languages: 'many',
    dim: 768,
    megabytes: [283, 95],
    licence: 'Apache-2.0',
    logits: { scale: 112.6689, bias: -16.771725 },
    note: null,
  },
  {
    id: 'jinaai/jina-clip-v1',
    from: 'jinaai/jina-clip-v1',
    knows: 'everyday pictures, and long texts',
    languages: 'English',
    dim: 768,
    megabytes: [138, 87.9],
    licence: 'Apache-2.0',
    logits: null,
    note: null,
  },
  {
    id: 'jinaai/jina-clip-v2',
    from: 'jinaai/jina-clip-v2',
    knows: 'everyday pictures, pages of documents, and long texts',
    languages: 'many',
    dim: 1024,
    megabytes: 874,
    licence: 'CC-BY-NC-4.0',
    logits: null,
    note: 'both towers are one file, which is loaded twice',
  },
  {
    id: 'sentence-transformers/clip-ViT-B-32-multilingual-v1',
    from: null,
    knows: 'texts only, for the pictures of openai/clip-vit-base-patch32',
    languages: '50 and more',
    dim: 512,
    megabytes: null,
    licence: 'Apache-2.0',
    logits: null,
    note: 'its pooling and last layer are not in its ONNX file',
  },
];

/** By its id, or by that of the repository with its ONNX files. */
export function findInCatalogue(id: string): CatalogueEntry | undefined {
  return CATALOGUE.find((entry) => entry.id === id || entry.from === id);
}
