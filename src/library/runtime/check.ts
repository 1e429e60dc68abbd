import { checkBundle } from '../../bundle/check.js';
import type { ProcessCache } from '../../cache/process.js';
import { cgroupControllers } from '../../host/controllers.js';
import type { Problem } from '../../spec/problem.js';
import { sys } from '../../sys/call.js';
import { checkShape } from '../arguments/shapes.js';
import { noBundle, sourceOf } from '../bundle/source.js';
import type { CheckRequest } from '../requests.js';

/** Lists what is wrong or doubtful in a configuration on this host, as `tsrun check` does. */
export function problemsOf(request: CheckRequest, cache: ProcessCache): readonly Problem[] {
  const { bundle, configFile, configText } = sourceOf({ method: 'check', request, shape: checkShape });
  if (bundle === undefined) throw noBundle('check');
  const host = cache.readHost();
  return checkBundle({
    bundle: bundle.startsWith('/') ? bundle : `${sys().workingDirectory()}/${bundle}`,
    ...(configFile === undefined ? {} : { configFile }),
    ...(configText === undefined ? {} : { configText }),
    host,
    controllers: host.cgroupMount === null ? [] : cgroupControllers(host.cgroupMount),
  });
}
