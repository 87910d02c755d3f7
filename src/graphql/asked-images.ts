import {
  type DocumentNode,
  Kind,
  type ObjectValueNode,
  type TypeNode,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import type { ImageInput } from './generated/api.ts';

type Variables = Readonly<Record<string, unknown>>;

/** Where a document may hold images. */
interface Places {
  readonly variables: readonly string[];
  readonly literals: readonly ObjectValueNode[];
}

/** Fields of ImageInput that hold a file; no other input type has fields of these names. */
const FILE_FIELDS: ReadonlySet<string> = new Set(['base64', 'upload']);

const placesByDocument = new WeakMap<DocumentNode, Places>();

/**
 * The images that a request brings as base64 or upload, in variables and in the document, those under `@skip` too. What is no
 * ImageInput is left out; execution says what is wrong with it.
 * @param variables as they came
 * O(images), and O(document) once a document.
 */
export function askedImages(document: DocumentNode, variables: Variables): ImageInput[] {
  const { variables: names, literals } = placesOf(document);
  const images: ImageInput[] = [];
  for (const name of names) addFiles(variables[name], images);
  for (const node of literals) addFiles(valueFromASTUntyped(node, variables), images);
  return images;
}

/** @param given one, or a list of them */
function addFiles(given: unknown, images: ImageInput[]): void {
  if (Array.isArray(given)) {
    for (const one of given) if (isFile(one)) images.push(one);
  } else if (isFile(given)) images.push(given);
}

function isFile(value: unknown): value is ImageInput {
  if (typeof value !== 'object' || value === null) return false;
  const { base64, upload } = value as { readonly base64?: unknown; readonly upload?: unknown };
  return typeof base64 === 'string' || upload instanceof Blob;
}

function placesOf(document: DocumentNode): Places {
  let places = placesByDocument.get(document);
  if (places === undefined) {
    places = findPlaces(document);
    placesByDocument.set(document, places);
  }
  return places;
}

function findPlaces(document: DocumentNode): Places {
  const variables: string[] = [];
  const literals: ObjectValueNode[] = [];
  visit(document, {
    VariableDefinition({ variable, type }) {
      if (typeName(type) === 'ImageInput') variables.push(variable.name.value);
    },
    ObjectValue(node) {
      if (node.fields.some(({ name }) => FILE_FIELDS.has(name.value))) literals.push(node);
    },
  });
  return { variables, literals };
}

function typeName(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : typeName(type.type);
}
