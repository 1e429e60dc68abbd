import { integer, listOf, objectOf, required } from './shape.js';
import type { IdMapping } from '../types.js';
import { id } from './integers.js';

/** Lines of uid_map and gid_map (user_namespaces(7)). */
export const idMappings = listOf(
  objectOf<IdMapping>({ containerID: required(id), hostID: required(id), size: required(integer(1, 2 ** 32 - 1)) }),
);
