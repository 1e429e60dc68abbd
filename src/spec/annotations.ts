import { RuntimeError } from '../errors/runtime_error.js';

/**
 * Who may set an annotation:
 * - `anybody`: it names nothing of the host. Bundle makers copy labels of an image to annotations (image-spec, "Conversion to OCI Runtime
 *   Configuration"), so the author of an image is anybody.
 * - `caller`: honoured if the caller allows it, by its name or by a prefix of the name that ends with a dot.
 * - `option`: honoured if the caller allows it by its full name, and uses the command-line (or library) option that it belongs to.
 * - `nobody`: never honoured.
 */
export type AnnotationAuthor = 'anybody' | 'caller' | 'option' | 'nobody';

export interface AnnotationRule {
  /** A name that ends with a dot stands for all names that start with it. */
  readonly name: string;
  /** Values that anybody may set, whatever `author` says. */
  readonly harmless?: readonly string[];
  /** What may follow a name that ends with a dot for anybody to set it: Podman and CRI-O themselves set these. */
  readonly harmlessNames?: readonly string[];
  readonly author: AnnotationAuthor;
  readonly does: string;
}

/** Every annotation that changes, or could be expected to change, what tsrun does. docs/annotations.md has the same table. */
export const annotationRules = [
  {
    name: 'org.tsrun.overlay',
    harmless: ['memory'],
    author: 'caller',
    does: 'a writable layer over the root file system: in memory, or in a directory of the host',
  },
  { name: 'org.tsrun.overlay.lowers', author: 'option', does: 'directories of the host that take the place of the root file system' },
  {
    name: 'org.systemd.property.',
    harmlessNames: ['KillSignal', 'TimeoutStopUSec', 'TimeoutStopSec', 'CollectMode', 'DefaultDependencies', 'After', 'Before'],
    author: 'caller',
    does: 'a property of the systemd unit',
  },
  { name: 'org.criu.config', author: 'caller', harmless: [''], does: 'a configuration file of CRIU' },
  { name: 'run.oci.', author: 'nobody', does: "crun's extensions" },
] as const satisfies readonly AnnotationRule[];

export type AnnotationName = (typeof annotationRules)[number]['name'];

/** Where annotations come from, and what the caller says about them. */
export interface AnnotationSource {
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** Names that the caller allows. */
  readonly allowed: readonly string[] | undefined;
}

/**
 * Returns the value of an annotation that is honoured, or undefined if it is not set. Every annotation that changes what tsrun does is read
 * through this function.
 * @throws RuntimeError if it is set and the caller does not allow it, because what it asks for is never left out silently
 */
export function honouredAnnotation(name: AnnotationName, source: AnnotationSource, withOption = false): string | undefined {
  const value = source.annotations?.[name];
  if (value === undefined) return undefined;
  const rule = annotationRules.find((one) => one.name === name) as AnnotationRule;
  if (mayBeSet(rule, value, source.allowed ?? [], withOption)) return value;
  throw notAllowed(rule);
}

/**
 * The honoured annotations whose names begin with that of a rule; each without this beginning, and with its value.
 * @throws RuntimeError as {@link honouredAnnotation}
 */
export function honouredAnnotations(prefix: AnnotationName, source: AnnotationSource): readonly (readonly [string, string])[] {
  const rule = annotationRules.find((one) => one.name === prefix) as AnnotationRule;
  return Object.entries(source.annotations ?? {}).flatMap(([name, value]) => {
    if (!name.startsWith(prefix)) return [];
    const rest = name.slice(prefix.length);
    if (rule.harmlessNames?.includes(rest) !== true && !mayBeSet({ ...rule, name }, value, source.allowed ?? [], false))
      throw notAllowed({ ...rule, name });
    return [[rest, value] as const];
  });
}

function notAllowed(rule: AnnotationRule): RuntimeError {
  return new RuntimeError(`annotation "${rule.name}": ${rule.does}: not allowed by the caller`, {
    code: 'permission',
    phase: 'validate',
    operation: 'annotation',
    path: `/annotations/${rule.name}`,
    hint: `annotations may come from the labels of an image; ${allowance(rule)}`,
  });
}

/** Whether an annotation needs the caller's permission. For code that reads a configuration without knowing the caller. */
export function needsAllowance(name: string, value: string): string | null {
  const rule = annotationRules.find((one: AnnotationRule) => one.name === name);
  return rule === undefined || mayBeSet(rule, value, [], false) ? null : allowance(rule);
}

function mayBeSet({ name, harmless, author }: AnnotationRule, value: string, allowed: readonly string[], withOption: boolean): boolean {
  if (author === 'anybody' || harmless?.includes(value) === true) return true;
  if (author === 'nobody') return false;
  if (allowed.includes(name)) return author === 'caller' || withOption;
  return author === 'caller' && allowed.some((prefix) => prefix.endsWith('.') && name.startsWith(prefix));
}

function allowance({ name, author }: AnnotationRule): string {
  const words = `allow it with tsrun --allow-annotation=${name} or TSRUN_ALLOW_ANNOTATIONS`;
  return author === 'option' ? `${words}, and give the option --overlay` : words;
}
