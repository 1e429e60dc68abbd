import { RuntimeError } from '../../errors/runtime_error.js';
import { fromSystem } from '../../errors/from_system.js';
import { sys } from '../../sys/call.js';
import type { OverlayRequest } from '../../plan/types.js';
import { honouredAnnotation, type AnnotationSource } from '../../spec/annotations.js';

const overlayAnnotation = 'org.tsrun.overlay';
const lowersAnnotation = 'org.tsrun.overlay.lowers';

export interface OverlayOptions extends AnnotationSource {
  /** `--overlay`: `memory` or a directory. If undefined, the annotations decide. */
  readonly overlay: string | undefined;
  /** The lower layers, topmost first, if the caller lists them. The annotation is then not looked at. */
  readonly lowers?: readonly string[] | undefined;
  /** The only lower layer if none are listed. */
  readonly rootfs: string;
  readonly workingDirectory: string;
}

/** The overlay that the command line or the annotations ask for, with every path resolved; null if there is none. */
export function overlayRequest(options: OverlayOptions): OverlayRequest | null {
  const listed = options.lowers ?? listedLowers(options);
  const asked = options.overlay ?? honouredAnnotation(overlayAnnotation, options);
  if (asked === undefined) return null;
  if (asked === '') throw invalid(overlayAnnotation, 'must be "memory" or a directory');
  if (options.overlay === undefined && asked !== 'memory' && !asked.startsWith('/')) {
    throw invalid(overlayAnnotation, `must be "memory" or an absolute directory, found "${asked}"`);
  }
  return {
    lowers: listed === undefined ? [options.rootfs] : listed.map(directory),
    directory: asked === 'memory' ? null : directory(asked.startsWith('/') ? asked : `${options.workingDirectory}/${asked}`),
  };
}

function listedLowers(options: OverlayOptions): readonly string[] | undefined {
  const text = honouredAnnotation(lowersAnnotation, options, options.overlay !== undefined);
  return text === undefined ? undefined : parseLowers(text);
}

function parseLowers(text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(lowersAnnotation, 'must be a JSON array of absolute directories');
  }
  if (!Array.isArray(value) || value.length === 0 || !value.every((entry) => typeof entry === 'string' && entry.startsWith('/'))) {
    throw invalid(lowersAnnotation, 'must be a JSON array of one or more absolute directories, topmost first');
  }
  return value as readonly string[];
}

function directory(path: string): string {
  let status;
  let real;
  try {
    real = sys().realPath({ path });
    status = sys().status({ path: real, follow: true });
  } catch (error) {
    throw fromSystem(error, { code: 'bundle', phase: 'load', operation: 'find overlay directory', path });
  }
  if (status?.kind !== 'directory') throw invalid(path, 'an overlay directory must be a directory');
  return real;
}

function invalid(subject: string, reason: string): RuntimeError {
  return new RuntimeError(`overlay "${subject}": ${reason}`, {
    code: 'invalid-config',
    phase: 'validate',
    operation: 'overlay',
    path: subject,
  });
}
