import { inSid } from '../harness/sid.js';

await inSid('/usr/bin/buildah', () => import('../buildah/run.test.js'));
