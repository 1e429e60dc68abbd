/** What ctr does with a container works through tsrun's own shim, too. */
import { throughShim } from '../harness/ctr.js';

throughShim();
await import('../ctr/run.test.js');
await import('../ctr/tasks.test.js');
