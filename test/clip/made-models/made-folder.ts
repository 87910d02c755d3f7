import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { OnnxFiles, Precision } from './onnx-graph.ts';
import {
  bertTokenizer,
  clipTokenizer,
  gemmaTokenizer,
  siglipTokenizer,
  type TokenizerFile,
  xlmRobertaTokenizer,
} from './tokenizers.ts';
import { jointModel, textModel, visionModel, type MadeTower, type TextShape } from './towers.ts';

const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];
const RESCALE = 0.00392156862745098;

/** What a family's folder on the hub is like: files, configurations, names of inputs and outputs. */
interface Layout {
  readonly tokenizer: TokenizerFile;
  readonly dim: number;
  readonly imageSize: number;
  readonly maxTokens: number;
  readonly pooling: TextShape['pooling'];
  readonly padToken: string;
  readonly hasMask: boolean;
  readonly config: object;
  readonly preprocessor: object;
  readonly tokenizerConfig: object;
  readonly textOutputs: readonly string[];
  readonly imageOutputs: readonly string[];
  /** Both towers are one file. */
  readonly isJoint: boolean;
}

const CLIP: Layout = {
  tokenizer: clipTokenizer(),
  dim: 64,
  imageSize: 64,
  maxTokens: 77,
  pooling: 'end-token',
  padToken: '<|endoftext|>',
  hasMask: false,
  config: {
    architectures: ['CLIPModel'],
    initializer_factor: 1.0,
    logit_scale_init_value: 2.6592,
    model_type: 'clip',
    projection_dim: 64,
    text_config: { bos_token_id: 0, dropout: 0.0, eos_token_id: 2, model_type: 'clip_text_model' },
    vision_config: { dropout: 0.0, model_type: 'clip_vision_model' },
  },
  preprocessor: {
    crop_size: 64,
    do_center_crop: true,
    do_normalize: true,
    do_resize: true,
    feature_extractor_type: 'CLIPFeatureExtractor',
    image_mean: CLIP_MEAN,
    image_std: CLIP_STD,
    resample: 3,
    size: 64,
  },
  tokenizerConfig: {
    add_prefix_space: false,
    bos_token: '<|startoftext|>',
    do_lower_case: true,
    eos_token: '<|endoftext|>',
    errors: 'replace',
    model_max_length: 77,
    pad_token: '<|endoftext|>',
    tokenizer_class: 'CLIPTokenizer',
    unk_token: '<|endoftext|>',
  },
  textOutputs: ['text_embeds', 'last_hidden_state'],
  imageOutputs: ['image_embeds', 'last_hidden_state'],
  isJoint: false,
};

const SIGLIP: Layout = {
  tokenizer: siglipTokenizer(),
  dim: 64,
  imageSize: 64,
  maxTokens: 64,
  pooling: 'last',
  padToken: '</s>',
  hasMask: false,
  config: {
    architectures: ['SiglipModel'],
    initializer_factor: 1.0,
    model_type: 'siglip',
    text_config: { model_type: 'siglip_text_model', hidden_size: 64, vocab_size: 32000 },
    vision_config: { model_type: 'siglip_vision_model', hidden_size: 64 },
  },
  preprocessor: {
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_processor_type: 'SiglipImageProcessor',
    image_mean: [0.5, 0.5, 0.5],
    processor_class: 'SiglipProcessor',
    resample: 3,
    rescale_factor: RESCALE,
    size: { height: 64, width: 64 },
    image_std: [0.5, 0.5, 0.5],
  },
  tokenizerConfig: {
    additional_special_tokens: [],
    clean_up_tokenization_spaces: true,
    do_lower_case: true,
    eos_token: '</s>',
    model_input_names: ['input_ids'],
    model_max_length: 64,
    pad_token: '</s>',
    processor_class: 'SiglipProcessor',
    tokenizer_class: 'SiglipTokenizer',
    unk_token: '<unk>',
  },
  textOutputs: ['pooler_output', 'last_hidden_state'],
  imageOutputs: ['pooler_output', 'last_hidden_state'],
  isJoint: false,
};

const JINA_PREPROCESSOR = {
  fill_color: 0,
  image_processor_type: 'JinaCLIPImageProcessor',
  interpolation: 'bicubic',
  mean: CLIP_MEAN,
  processor_class: 'JinaCLIPProcessor',
  resize_mode: 'shortest',
  size: 64,
  std: CLIP_STD,
};

const JINA_V1: Layout = {
  tokenizer: bertTokenizer(),
  dim: 64,
  imageSize: 64,
  maxTokens: 512,
  pooling: 'mean',
  padToken: '[PAD]',
  hasMask: false,
  config: {
    add_projections: false,
    architectures: ['JinaCLIPModel'],
    logit_scale_init_value: 2.6592,
    model_type: 'jina_clip',
    projection_dim: 64,
    text_config: {
      embed_dim: 64,
      model_type: 'jina_clip_text',
      pad_token_id: null,
      pooler_type: 'mean_pooler',
    },
    vision_config: { embed_dim: 64, image_size: 64, model_type: 'jina_clip_vision', pad_token_id: null },
  },
  preprocessor: JINA_PREPROCESSOR,
  tokenizerConfig: {
    clean_up_tokenization_spaces: true,
    cls_token: '[CLS]',
    do_lower_case: true,
    mask_token: '[MASK]',
    model_max_length: 512,
    pad_token: '[PAD]',
    sep_token: '[SEP]',
    strip_accents: null,
    tokenize_chinese_chars: true,
    tokenizer_class: 'BertTokenizer',
    unk_token: '[UNK]',
  },
  textOutputs: ['text_embeddings'],
  imageOutputs: ['image_embeddings'],
  isJoint: false,
};

/** What is known of each family's exports, by the name that docs/models.md gives it. */
export const LAYOUTS = {
  clip: CLIP,
  mobileclip: {
    ...CLIP,
    // Not causal, and never masked: what it pads with is part of what it reads.
    pooling: 'last',
    padToken: '!',
    preprocessor: {
      crop_size: { height: 64, width: 64 },
      do_center_crop: true,
      do_convert_rgb: true,
      do_normalize: false,
      do_rescale: true,
      do_resize: true,
      feature_extractor_type: 'CLIPFeatureExtractor',
      image_processor_type: 'CLIPFeatureExtractor',
      resample: 2,
      rescale_factor: RESCALE,
      size: { shortest_edge: 64 },
    },
    tokenizerConfig: { ...CLIP.tokenizerConfig, pad_token: '!' },
    textOutputs: ['text_embeds'],
    imageOutputs: ['image_embeds'],
  },
  siglip: SIGLIP,
  siglip2: {
    ...SIGLIP,
    tokenizer: gemmaTokenizer(),
    padToken: '<pad>',
    config: {
      ...SIGLIP.config,
      text_config: { model_type: 'siglip_text_model', hidden_size: 64, vocab_size: 256000 },
    },
    preprocessor: { ...SIGLIP.preprocessor, do_convert_rgb: null, resample: 2 },
    tokenizerConfig: {
      add_bos_token: false,
      add_eos_token: true,
      bos_token: '<bos>',
      clean_up_tokenization_spaces: false,
      eos_token: '<eos>',
      model_max_length: 64,
      pad_token: '<pad>',
      processor_class: 'SiglipProcessor',
      spaces_between_special_tokens: false,
      tokenizer_class: 'GemmaTokenizer',
      unk_token: '<unk>',
    },
  },
  'jina-clip-v1': JINA_V1,
  'jina-clip-v2': {
    ...JINA_V1,
    tokenizer: xlmRobertaTokenizer(),
    padToken: '<pad>',
    tokenizerConfig: {
      bos_token: '<s>',
      clean_up_tokenization_spaces: true,
      cls_token: '<s>',
      eos_token: '</s>',
      mask_token: '<unk>',
      model_max_length: 512,
      pad_token: '<pad>',
      sep_token: '</s>',
      tokenizer_class: 'XLMRobertaTokenizer',
      unk_token: '<unk>',
    },
    isJoint: true,
  },
} as const satisfies Record<string, Layout>;

export type FamilyName = keyof typeof LAYOUTS;

export interface MadeOptions {
  readonly precision?: Precision;
  /** Weights in a file of their own beside each model, `<model>.onnx_data`. */
  readonly hasDataFiles?: boolean;
  /** Tokens of the text tower's input, where an export fixes them. */
  readonly fixedTokens?: number;
  /** Embeddings of tokens that no text has, so that the text tower weighs what one of people's models does. */
  readonly spareTokens?: number;
  /** Length of the embeddings; default: the family's. */
  readonly dim?: number;
  readonly seed?: number;
}

/** As transformers.js names the files of a precision. */
const SUFFIXES = { fp32: '', fp16: '_fp16', q8: '_quantized', q4: '_q4' } as const;

/** Write a folder of the family with small random towers: the same seed gives the same bytes. */
export async function writeMadeModel(
  folder: string,
  family: FamilyName,
  options: MadeOptions = {},
): Promise<void> {
  const { precision = 'fp32', hasDataFiles = false, fixedTokens = null, spareTokens = 0, seed = 1 } = options;
  const ofFamily: Layout = LAYOUTS[family];
  const layout: Layout = { ...ofFamily, dim: options.dim ?? ofFamily.dim };
  const text: TextShape = {
    vocabularySize: layout.tokenizer.vocabularySize + spareTokens,
    maxTokens: layout.maxTokens,
    dim: layout.dim,
    pooling: layout.pooling,
    padToken: layout.tokenizer.idOf(layout.padToken),
    hasMask: layout.hasMask,
    fixedTokens,
  };
  const image = { size: layout.imageSize, dim: layout.dim };
  const write = async (
    name: string,
    outputs: readonly string[],
    make: (tower: MadeTower) => OnnxFiles,
  ): Promise<void> => {
    const file = `${name}${SUFFIXES[precision]}.onnx`;
    const dataFile = hasDataFiles ? `${file}_data` : null;
    const { model, data } = make({ seed: seed * 1000 + name.length, precision, outputs, dataFile });
    await writeFile(path.join(folder, 'onnx', file), model);
    if (dataFile !== null && data !== null) await writeFile(path.join(folder, 'onnx', dataFile), data);
  };
  await mkdir(path.join(folder, 'onnx'), { recursive: true });
  if (layout.isJoint) {
    const outputs = [...layout.textOutputs, ...layout.imageOutputs];
    await write('model', outputs, (tower) => jointModel(text, image, tower));
  } else {
    await write('text_model', layout.textOutputs, (tower) => textModel(text, tower));
    await write('vision_model', layout.imageOutputs, (tower) => visionModel(image, tower));
  }
  const files = {
    'config.json': layout.config,
    'preprocessor_config.json': layout.preprocessor,
    'tokenizer_config.json': layout.tokenizerConfig,
    'tokenizer.json': layout.tokenizer.json,
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(path.join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
  }
}
