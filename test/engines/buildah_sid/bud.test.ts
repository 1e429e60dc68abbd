import { inSid } from '../harness/sid.js';

await inSid('/usr/bin/buildah', () => import('../buildah/bud.test.js'));
