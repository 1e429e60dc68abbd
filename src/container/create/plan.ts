import { buildCreatePlan } from '../../plan/build.js';
import type { ContainerPlan } from '../../plan/types.js';
import { checkConsole } from './console.js';
import type { CreateOptions } from '../options.js';
import { prepare } from './prepare.js';

/** Returns the plan that `create` would carry out, and changes nothing. */
export function planContainer(options: CreateOptions): ContainerPlan {
  const { input, spec } = prepare({ ...options, waitsOnListener: true, dry: true });
  if (options.consoleSocket !== undefined)
    checkConsole({ terminal: spec.process.terminal === true, detached: true, consoleSocket: options.consoleSocket });
  return buildCreatePlan(input);
}
