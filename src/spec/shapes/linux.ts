import { memoryPolicyFlags, memoryPolicyModes } from '../names/scheduling/memory_policy.js';
import { namespaceFlags } from '../names/namespaces.js';
import { personalityDomains } from '../names/personality.js';
import { rootfsPropagations } from '../names/propagation.js';
import { flag, integer, listOf, mapOf, nameOf, objectOf, oneOf, required, text } from './shape.js';
import type { Device, IntelRdt, Linux, MemoryPolicy, Namespace, TimeOffset } from '../types.js';
import { idMappings } from './id_mapping.js';
import { deviceNumber, id, int64, uint32 } from './integers.js';
import { resourcesShape } from './resources.js';
import { seccompShape } from './seccomp.js';

type Member<K extends keyof Linux> = NonNullable<Linux[K]>;

const timeOffset = objectOf<TimeOffset>({ secs: int64, nanosecs: integer(0, 999_999_999) });

/** `linux` (config-linux.md). */
export const linuxShape = objectOf<Linux>({
  uidMappings: idMappings,
  gidMappings: idMappings,
  sysctl: mapOf(text),
  resources: resourcesShape,
  cgroupsPath: text,
  namespaces: listOf(objectOf<Namespace>({ type: required(nameOf(namespaceFlags)), path: text })),
  devices: listOf(
    objectOf<Device>({
      type: required(oneOf(['c', 'b', 'u', 'p'])),
      path: required(text),
      major: deviceNumber,
      minor: deviceNumber,
      fileMode: uint32,
      uid: id,
      gid: id,
    }),
  ),
  netDevices: mapOf(objectOf<Member<'netDevices'>[string]>({ name: text })),
  seccomp: seccompShape,
  rootfsPropagation: oneOf([...rootfsPropagations, '']),
  maskedPaths: listOf(text),
  readonlyPaths: listOf(text),
  mountLabel: text,
  intelRdt: objectOf<IntelRdt>({ closID: text, schemata: listOf(text), l3CacheSchema: text, memBwSchema: text, enableMonitoring: flag }),
  memoryPolicy: objectOf<MemoryPolicy>({
    mode: required(nameOf(memoryPolicyModes)),
    nodes: text,
    flags: listOf(nameOf(memoryPolicyFlags)),
  }),
  personality: objectOf<Member<'personality'>>({ domain: required(nameOf(personalityDomains)), flags: listOf(text) }),
  timeOffsets: objectOf<Member<'timeOffsets'>>({ monotonic: timeOffset, boottime: timeOffset }),
});
