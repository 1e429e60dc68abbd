import { planContainer } from '../../container/create/plan.js';
import { planDocument } from '../../plan/print.js';
import { planShape } from '../arguments/shapes.js';
import { noBundle, sourceOf, withRemedy } from '../bundle/source.js';
import type { PlannedOperation, PlanRequest } from '../requests.js';
import { warner } from '../warn.js';
import type { Maker } from './child.js';

interface Planning extends Omit<Maker, 'systemdCgroup' | 'exitWatch'> {
  readonly request: PlanRequest;
}

/** What the init of a container would do, as `tsrun plan` says. Creates nothing. */
export function operationsOf({ request, root, allowAnnotations, warn, cache }: Planning): readonly PlannedOperation[] {
  const { bundle, ...rest } = sourceOf({ method: 'plan', request, shape: planShape });
  if (bundle === undefined) throw noBundle('plan');
  try {
    const plan = planContainer({ ...rest, bundle, root, id: 'plan', until: 'planned', allowAnnotations, warn: warner(warn), cache });
    return planDocument(plan).operations.map(({ operation, summary }) => ({ operation, summary }));
  } catch (error) {
    throw withRemedy(error, request);
  }
}
