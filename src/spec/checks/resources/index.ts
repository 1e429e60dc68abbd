import type { Check } from '../../check.js';
import { cpusetsAreLists, unifiedFilesAreLimits } from './cgroup.js';
import { deviceRulesAreReadable } from './devices.js';
import { limitsAreNotNegative } from './negative.js';
import { kernelMemoryIsNotApart } from './unsupported.js';

/** The rules of `linux.resources` alone, which hold for `update` as well. */
export const resourceChecks: readonly Check[] = [
  deviceRulesAreReadable,
  limitsAreNotNegative,
  cpusetsAreLists,
  unifiedFilesAreLimits,
  kernelMemoryIsNotApart,
];
