import { RuntimeError } from '../errors/runtime_error.js';
import { markFractions, mayHoldFractions } from '../json/fractions.js';
import { parseExactly } from '../json/parse_exactly.js';
import { invalidConfig } from './invalid.js';
import { depthLimit, isTooDeep } from '../json/depth.js';
import { findJsonError } from './json_error.js';
import { problem, type Problem } from './problem.js';
import { isObject, type Shape } from './shapes/shape.js';
import { processShape } from './shapes/process.js';
import { resourcesShape } from './shapes/resources.js';
import { specShape } from './shapes/spec.js';
import { loneSurrogates } from './surrogates.js';
import type { Process, Resources, Spec } from './types.js';
import { putZeros } from './shapes/zeros.js';

/** The result of {@link readShape}. */
export interface ReadShape {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

export interface Document {
  readonly text: string;
  /** The origin of the text, for messages. */
  readonly path: string;
}

/**
 * Parses a configuration and checks its shape; {@link validate} checks its meaning.
 * @throws RuntimeError `bundle` if the text is not JSON, `invalid-config` if a value is not what the specification says.
 */
export function parseSpec(document: Document): Spec {
  return parseAs(document, specShape, putZerosOfSpec);
}

/** Parses a process document, as `exec --process` reads it. Throws like {@link parseSpec}. */
export function parseProcess(document: Document): Process {
  return parseAs(document, processShape, putZeros);
}

/** Parses a resources document, as `update --resources` reads it. Throws like {@link parseSpec}. */
export function parseResources(document: Document): Resources {
  return parseAs(document, resourcesShape);
}

/** Parses a configuration of any shape and lists everything that is wrong with its shape. If nothing is, it is a {@link Spec}. */
export function readShape(document: Document): ReadShape {
  return read(document, specShape, putZerosOfSpec);
}

function putZerosOfSpec(value: unknown): void {
  if (isObject(value)) putZeros(value['process']);
}

/** Parses JSON text as an unknown value. */
function parseJson({ text, path }: Document): unknown {
  if (isTooDeep(text)) throw broken(path, `nested deeper than ${depthLimit} levels`);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const place = findJsonError(text);
    if (place === undefined) throw error;
    throw broken(path, `line ${place.line}, column ${place.column}: expected ${place.expected}, found ${place.found}`, error);
  }
}

function parseAs<T>(document: Document, shape: Shape<T>, complete: (value: unknown) => void = () => undefined): T {
  const { value, problems } = read(document, shape, complete);
  if (problems.length > 0) throw invalidConfig({ problems, phase: 'load' });
  return value as T;
}

/**
 * JSON.parse rounds integers beyond 2^53, and no shape accepts a number that may have been rounded. So the usual document is read once, by
 * the engine's own parser, and one with a problem is read again, exactly. A fraction that rounds to an integer would look like one, so if a
 * number has a fraction, its text is checked.
 */
function read<T>(document: Document, shape: Shape<T>, complete: (value: unknown) => void): ReadShape {
  const { text } = document;
  let value = parseJson(document);
  complete(value);
  let problems = problemsOf(text, value, shape);
  if (problems.length > 0) {
    value = parseExactly(text);
    complete(value);
    problems = problemsOf(text, value, shape);
  }
  if (!mayHoldFractions(text)) return { value, problems };
  // In a copy, because an unknown field may well have a fraction.
  const marked = markFractions(text, parseExactly(text));
  complete(marked);
  const all = problemsOf(text, marked, shape);
  return all.length > problems.length ? { value: marked, problems: all } : { value, problems };
}

function problemsOf<T>(text: string, value: unknown, shape: Shape<T>): readonly Problem[] {
  const lone = loneSurrogates({ text, value });
  const findings = shape(value);
  return findings === undefined
    ? lone
    : [...findings.map(({ pointer, expected, found, remedy }) => problem({ pointer, expected, found, remedy })), ...lone];
}

function broken(path: string, reason: string, cause?: unknown): RuntimeError {
  return new RuntimeError(`parse "${path}": ${reason}`, {
    code: 'bundle',
    phase: 'load',
    operation: 'parse',
    path,
    hint: 'the file must be one JSON object as config.md of the runtime specification describes it',
    cause,
  });
}
