import { type Precision, PRECISIONS } from '../clip/model-folder.ts';
import { UserError } from '../cli/user-error.ts';
import type { HubFile } from './hub-repository.ts';

const NEEDED = ['config.json', 'preprocessor_config.json', 'tokenizer.json'];
const USED = ['tokenizer_config.json', 'special_tokens_map.json'];

export interface WantedPrecision {
  readonly text: Precision;
  readonly image: Precision;
}

/**
 * Which files of a repository make a model: configurations, tokenizer and the two towers (or the one file that is both) with the
 * weights that lie beside them.
 * @throws UserError naming what the repository lacks, and what it has
 */
export function chooseFiles(
  files: ReadonlyMap<string, HubFile>,
  repository: string,
  { text, image }: WantedPrecision,
): HubFile[] {
  const missing = NEEDED.filter((name) => !files.has(name));
  const towers = [`onnx/text_model${PRECISIONS[text]}.onnx`, `onnx/vision_model${PRECISIONS[image]}.onnx`];
  const joint = `onnx/model${PRECISIONS[text]}.onnx`;
  const hasTowers = towers.every((name) => files.has(name));
  // Only where there are no towers at all: most repositories have the whole model beside them.
  const isJoint = !hasTowers && text === image && files.has(joint) && !hasAnyTower(files);
  if (!hasTowers && !isJoint) missing.push(...towers.filter((name) => !files.has(name)));
  if (missing.length > 0) throw lacking(repository, files, text, missing);
  const models = isJoint ? [joint] : towers;
  const data = [...files.keys()].filter((name) => models.some((model) => isDataOf(name, model)));
  return [...NEEDED, ...USED, ...models, ...data].flatMap((name) => files.get(name) ?? []);
}

function hasAnyTower(files: ReadonlyMap<string, HubFile>): boolean {
  return [...files.keys()].some((name) => /^onnx\/(text|vision)_model/.test(name));
}

function isDataOf(name: string, model: string): boolean {
  return name.startsWith(model) && /^_data(_\d+)?$/.test(name.slice(model.length));
}

function lacking(
  repository: string,
  files: ReadonlyMap<string, HubFile>,
  precision: Precision,
  missing: readonly string[],
): UserError {
  const there = (Object.keys(PRECISIONS) as Precision[]).filter(
    (name) =>
      files.has(`onnx/text_model${PRECISIONS[name]}.onnx`) &&
      files.has(`onnx/vision_model${PRECISIONS[name]}.onnx`),
  );
  const others = there.length === 0 ? '' : ` It has both towers as ${there.join(', ')} (--precision).`;
  return new UserError(
    `${repository} gave no CLIP in precision ${precision}: it lacks ${missing.join(', ')}.${others} Name another repository with --from.`,
  );
}
