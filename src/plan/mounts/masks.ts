import type { PlanContext } from '../context.js';
import type { Operation } from '../../protocol/operations.js';
import { cleanPath } from '../../spec/cleaned_path.js';

/** `readonlyPaths` first, then `maskedPaths`, so that a mask inside a read-only path stays a mask. */
export function maskOperations({ input, namespaces }: PlanContext): readonly Operation[] {
  if (!namespaces.own.has('mount')) return [];
  const { readonlyPaths = [], maskedPaths = [], mountLabel = '' } = input.spec.linux ?? {};
  return [
    // A read-only root is sealed last (rootfs.ts).
    ...once(readonlyPaths)
      .filter((path) => path !== '/')
      .map((path) => ({ op: 'readonlyPath', path }) as const),
    ...once(maskedPaths).map((path) => ({ op: 'mask', path, label: mountLabel }) as const),
  ];
}

/** Engines join overlapping lists; a path that is listed twice is mounted once. */
function once(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.map(cleanPath))];
}
