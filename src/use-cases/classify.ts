import { isBlank } from '../clip/blank-text.ts';
import { meanDirection } from '../core/scoring/caption-fusion.ts';
import { softmax } from '../core/scoring/softmax.ts';
import { cosineSimilarity } from '../core/vector.ts';
import { AppError } from '../errors.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';
import type { ImageInput } from './inputs/given.ts';
import { LIMITS, assertWithin } from './limits.ts';
import { prepareImage, prepareText, scorePair } from './pair-scores.ts';
import { DEFAULT_TEMPLATES, PLACEHOLDER, promptLength } from './prompts.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import type { RequestScope } from './request-scope.ts';
import { targetOf } from './target.ts';

export interface ClassifyArguments {
  readonly image: ImageInput;
  readonly labels: readonly string[];
  readonly templates?: readonly string[] | null;
  /** Name. */
  readonly selection: string;
  readonly temperature?: number | null;
}

/** As `LabelScore` of schema.graphql. */
export interface LabelScore {
  readonly label: string;
  readonly probability: number;
  readonly cosine: number;
  readonly score: number;
}

/** As `Classification` of schema.graphql. */
export interface Classification {
  readonly labels: readonly LabelScore[];
  readonly selection: string;
  readonly provenance: Provenance;
}

/** Tells which label describes the image best. @throws AppError, as `classify` of schema.graphql tells */
export async function classify(
  args: ClassifyArguments,
  { budget, embeddings, encoders, selection }: RequestScope,
): Promise<Classification> {
  const labels = readLabels(args.labels);
  const templates = readTemplates(args.templates);
  assertTemperature(args.temperature);
  assertWithin('prompts (labels x templates)', labels.length * templates.length, LIMITS.encodedTexts);
  assertPromptLengths(labels, templates);
  budget.spend('pairs', labels.length);
  const published = await selection(args.selection);
  const target = targetOf(published);
  const temperature = args.temperature ?? defaultTemperature(published, encoders().logits.scale);

  const [imageEmbedding, labelEmbeddings] = await Promise.all([
    embeddings.image(args.image, target),
    Promise.all(
      labels.map(async (label) => {
        const prompts = templates.map((template) => ({
          text: template.replaceAll(PLACEHOLDER, () => label),
        }));
        return meanDirection(
          await Promise.all(prompts.map(async (prompt) => embeddings.text(prompt, target))),
        );
      }),
    ),
  ]);
  const image = prepareImage(published, imageEmbedding);
  const scores = labelEmbeddings.map((embedding) =>
    scorePair(published, image, prepareText(published, embedding)),
  );
  const probabilities = softmax(scores, temperature);
  return {
    labels: labels.map((label, i) => ({
      label,
      probability: probabilities[i],
      cosine: cosineSimilarity(imageEmbedding, labelEmbeddings[i]),
      score: scores[i],
    })),
    selection: published.id,
    provenance: provenanceOf(published),
  };
}

/** Without repeats, in the order of first appearance: a label that stood twice would take its share twice. */
function readLabels(labels: readonly string[]): readonly string[] {
  if (labels.length === 0) throw new AppError('BAD_INPUT', 'Expected at least one label, got none.');
  assertWithin('labels', labels.length, LIMITS.labels);
  labels.forEach(assertLabel);
  return [...new Set(labels)];
}

/** In its template a blank label would be a prompt like any other. */
function assertLabel(label: string, index: number): void {
  if (isBlank(label))
    throw new AppError('BAD_INPUT', `Expected a word in every label, label ${index} is blank.`);
}

function readTemplates(given: readonly string[] | null | undefined): readonly string[] {
  const templates = given ?? DEFAULT_TEMPLATES;
  if (templates.length === 0) throw new AppError('BAD_INPUT', 'Expected at least one template, got none.');
  assertWithin('templates', templates.length, LIMITS.templates);
  const without = templates.findIndex((template) => !template.includes(PLACEHOLDER));
  if (without >= 0) {
    throw new AppError(
      'BAD_INPUT',
      `Expected "${PLACEHOLDER}" in every template, where the label goes; template ${without} has none.`,
    );
  }
  return templates;
}

/** Before a prompt is built: a template may hold many placeholders, and each becomes as long as the label. */
function assertPromptLengths(labels: readonly string[], templates: readonly string[]): void {
  const longest = Math.max(...labels.map((label) => label.length));
  for (const template of templates) {
    const length = promptLength(template, longest);
    if (length > LIMITS.textCharacters) {
      throw new AppError(
        'LIMIT_EXCEEDED',
        `Expected a text of at most ${LIMITS.textCharacters} characters, got ${length} of a label in its template.`,
      );
    }
  }
}

function assertTemperature(temperature: number | null | undefined): void {
  if (temperature == null || temperature > 0) return;
  throw new AppError('BAD_INPUT', `Expected temperature above 0, got ${temperature}.`);
}

/** A cosine becomes a logit by the scale that the encoder was trained with; a weighted score is a logit already. */
function defaultTemperature({ record }: PublishedSelection, logitScale: number): number {
  return record.model.fusion.kind === 'weighted' ? 1 : 1 / logitScale;
}
