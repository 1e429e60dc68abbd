import { buildCreatePlan } from '../../plan/build.js';
import type { ContainerPlan } from '../../plan/types.js';
import type { CreationRequest } from '../options.js';
import { prepare } from './prepare.js';

/** Returns the plan that `create` would carry out, and changes nothing. */
export function planContainer(request: CreationRequest): ContainerPlan {
  return buildCreatePlan(prepare(request));
}
