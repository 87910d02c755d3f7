import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type NameNode,
  type SelectionSetNode,
  type ValidationRule,
  parse,
  validate,
  visit,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { fragmentsOf } from '../fragments.ts';
import { LIMITS } from '../../use-cases/limits.ts';

const utf8 = new TextEncoder();
/** GraphQL adds one that says that there are more. */
const MAX_VALIDATION_ERRORS = 5;

/**
 * Bounds what a query document costs before it is validated: bytes before it is parsed, tokens while it is, then names (errors repeat
 * them), selections (validation compares them in pairs), aliases and directives as written, and fields, root fields and depth as
 * executed, fragments expanded and aliases counted each. Validation ends at the first few errors.
 */
export const queryLimitsPlugin: Plugin = {
  onParse({ setParseFn }) {
    setParseFn((source: string, options: object) => {
      assertBytes(source);
      const document = parseBounded(source, options);
      assertDocumentWithinLimits(document);
      return document;
    });
  },
  onValidate({ setValidationFn }) {
    setValidationFn((schema: GraphQLSchema, document: DocumentNode, rules: readonly ValidationRule[]) =>
      validate(schema, document, rules, { maxErrors: MAX_VALIDATION_ERRORS }),
    );
  },
};

/** @throws GraphQLError LIMIT_EXCEEDED */
function assertBytes(source: string): void {
  // At most three bytes a UTF-16 unit.
  if (source.length * 3 <= LIMITS.queryBytes) return;
  const bytes = source.length > LIMITS.queryBytes ? source.length : utf8.encode(source).length;
  if (bytes <= LIMITS.queryBytes) return;
  throw tooMuch(
    `Expected a query of at most ${LIMITS.queryBytes} bytes, got ${bytes} or more: what is long belongs into variables.`,
  );
}

function parseBounded(source: string, options: object): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens: LIMITS.queryTokens });
  } catch (error) {
    // The parser is recursive: brackets within brackets end its stack long before they reach the limit on tokens.
    if (error instanceof RangeError) throw tooMuch('The query nests too deep to be parsed.');
    if (error instanceof GraphQLError && error.message.includes(`more that ${LIMITS.queryTokens} tokens`)) {
      throw tooMuch(`Expected a query of at most ${LIMITS.queryTokens} tokens, got more.`);
    }
    throw error;
  }
}

/** @throws GraphQLError LIMIT_EXCEEDED */
function assertDocumentWithinLimits(document: DocumentNode): void {
  const counts = { selections: 0, aliases: 0, directives: 0 };
  const count = (): void => void counts.selections++;
  visit(document, {
    Name: assertNameLength,
    Field({ alias }) {
      counts.selections++;
      if (alias) counts.aliases++;
    },
    FragmentSpread: count,
    InlineFragment: count,
    Directive: () => void counts.directives++,
  });
  assertCount(counts.selections, LIMITS.queryFields, 'selections');
  assertCount(counts.aliases, LIMITS.queryAliases, 'aliases');
  assertCount(counts.directives, LIMITS.queryDirectives, 'directives');
  const fragments = fragmentsOf(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const root = { fragments, open: [], depth: 1, introspects: false };
    if (countFields(definition.selectionSet, root) > LIMITS.queryFields) {
      throw tooMuch(
        `Expected an operation of at most ${LIMITS.queryFields} fields with its fragments, got more.`,
      );
    }
    const roots = rootFields(definition.selectionSet, fragments, []);
    assertCount(roots, LIMITS.queryRootFields, 'root fields');
  }
}

function assertCount(count: number, most: number, what: string): void {
  if (count > most) throw tooMuch(`Expected a query of at most ${most} ${what}, got ${count}.`);
}

function assertNameLength({ value }: NameNode): void {
  if (value.length <= LIMITS.queryNameCharacters) return;
  throw tooMuch(
    `Expected names of at most ${LIMITS.queryNameCharacters} characters in a query, got one of ${value.length}.`,
  );
}

interface Position {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Fragments that are being expanded. One inside itself is for validation to report. */
  readonly open: readonly string[];
  readonly depth: number;
  /** Introspection nests deeper by nature, and its answer is bounded by the schema. */
  readonly introspects: boolean;
}

/** Fields that execution visits; stops soon after the limit, so that nested fragments cannot make it take long. */
function countFields(selectionSet: SelectionSetNode, position: Position): number {
  if (position.depth > LIMITS.queryDepth && !position.introspects) {
    throw tooMuch(`Expected fields nested at most ${LIMITS.queryDepth} deep, got more.`);
  }
  let count = 0;
  for (const selection of selectionSet.selections) {
    if (count > LIMITS.queryFields) return count;
    switch (selection.kind) {
      case Kind.FIELD: {
        count += 1;
        if (!selection.selectionSet) break;
        const introspects = position.introspects || selection.name.value.startsWith('__');
        count += countFields(selection.selectionSet, { ...position, depth: position.depth + 1, introspects });
        break;
      }
      case Kind.INLINE_FRAGMENT:
        count += countFields(selection.selectionSet, position);
        break;
      case Kind.FRAGMENT_SPREAD: {
        const name = selection.name.value;
        const fragment = position.fragments.get(name);
        if (!fragment || position.open.includes(name)) break;
        count += 1 + countFields(fragment.selectionSet, { ...position, open: [...position.open, name] });
        break;
      }
    }
  }
  return count;
}

/** Of an operation, fragments expanded; called where there are few fields in all. */
function rootFields(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  open: readonly string[],
): number {
  let count = 0;
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) count += 1;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      count += rootFields(selection.selectionSet, fragments, open);
    else {
      const name = selection.name.value;
      const fragment = fragments.get(name);
      if (fragment && !open.includes(name))
        count += rootFields(fragment.selectionSet, fragments, [...open, name]);
    }
  }
  return count;
}

function tooMuch(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'LIMIT_EXCEEDED', http: { status: 400, spec: true } },
  });
}
