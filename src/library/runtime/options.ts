import { RuntimeError } from '../../errors/runtime_error.js';
import { defaultRoot } from '../../state/root/default.js';
import { sys } from '../../sys/call.js';
import { checked } from '../arguments/checked.js';
import { optionsOf } from '../arguments/options_of.js';
import { runtimeShape } from '../arguments/shapes.js';
import type { RuntimeOptions } from '../requests.js';
import { emitWarning, type Warn } from '../warn.js';

export interface CheckedOptions {
  /** An absolute path. */
  readonly root: string;
  readonly allowAnnotations: readonly string[];
  readonly systemdCgroup: boolean;
  readonly killOnExit: boolean;
  readonly warn: Warn;
}

/**
 * Checks the options of a runtime and fills in the defaults.
 * @throws RuntimeError `usage`, or `permission` if there is no default root
 */
export function checkedOptions(options: RuntimeOptions): CheckedOptions {
  const { onWarning: warn = emitWarning, ...data } = optionsOf('Runtime', options);
  const {
    root = defaultRoot(),
    allowAnnotations = [],
    systemdCgroup = false,
    killOnExit = false,
  } = checked({ method: 'Runtime', value: data, shape: runtimeShape });
  if (typeof warn !== 'function') {
    throw new RuntimeError('Runtime: "onWarning" must be a function', { code: 'usage', phase: 'command', path: 'onWarning' });
  }
  if (root === '') throw new RuntimeError('Runtime: "root" must not be empty', { code: 'usage', phase: 'command' });
  return { root: root.startsWith('/') ? root : `${sys().workingDirectory()}/${root}`, allowAnnotations, systemdCgroup, killOnExit, warn };
}
